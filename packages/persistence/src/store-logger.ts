/** The part of pino's interface that the store uses. */
export type StoreLogger = {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
};

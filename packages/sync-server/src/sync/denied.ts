/** A reason that Hocuspocus passes on to the client in its "denied" message. */
export class Denied extends Error {
  readonly reason: string;
  constructor(reason: string, options?: ErrorOptions) {
    super("", options);
    this.reason = reason;
  }
}

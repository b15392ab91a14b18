// The package's own types cannot be found through its exports.
declare module "y-leveldb" {
  type Level = {
    put(key: readonly (string | number)[], value: Uint8Array): Promise<void>;
    del(key: readonly (string | number)[]): Promise<void>;
  };

  export class LeveldbPersistence {
    constructor(path: string);
    storeUpdate(name: string, update: Uint8Array): Promise<number>;
    _transact(work: (level: Level) => Promise<void>): Promise<void>;
    destroy(): Promise<void>;
  }
}

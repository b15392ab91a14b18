import { type ContractStores, storesOn } from "../contract/test-contract-stores.ts";
import { openStore } from "../open-store.ts";
import { PostgresServer } from "./test-postgres-server.ts";

/** Stores on a server of the test file's own, on a new database for each test. */
export class PostgresStores {
  readonly #file = PostgresServer.forFile();
  readonly stores: ContractStores;
  databaseUrl = "";

  constructor() {
    this.stores = storesOn(async () => {
      this.databaseUrl = await this.server.createDatabase();
      const { databaseUrl } = this;
      return (options) => openStore({ dataDir: "nowhere", databaseUrl, ...options });
    });
  }

  get server(): PostgresServer {
    return this.#file.server;
  }

  query(text: string): ReturnType<PostgresServer["query"]> {
    return this.server.query(this.databaseUrl, text);
  }
}

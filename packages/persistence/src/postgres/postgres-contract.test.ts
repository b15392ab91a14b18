import { describe } from "vitest";
import { storeContract } from "../contract/test-store-contract.ts";
import { openStore } from "../open-store.ts";
import { isSkipped, PostgresServer } from "./test-postgres-server.ts";

describe.skipIf(isSkipped)("with a server of its own", () => {
  const file = PostgresServer.forFile();
  storeContract("PostgreSQL", async () => {
    const databaseUrl = await file.server.createDatabase();
    return (options) => openStore({ dataDir: "nowhere", databaseUrl, ...options });
  });
});

import { describe, vi } from "vitest";
import { itOutlivesKills } from "../contract/test-kill-contract.ts";
import { isSkipped, PostgresServer } from "./test-postgres-server.ts";

describe.skipIf(isSkipped)("a node that is killed", () => {
  const file = PostgresServer.forFile();
  itOutlivesKills(async () => {
    const databaseUrl = await file.server.createDatabase();
    const sessions = "SELECT FROM pg_stat_activity WHERE application_name = 'boardwalk'";
    return {
      dataDir: "nowhere",
      databaseUrl,
      afterDeath: async () => {
        // A statement that has reached the server is carried out, whoever sent it.
        const end = async (): Promise<void> => {
          const left = await file.server.query(databaseUrl, sessions);
          if (left.length > 0) throw new Error("A session has not ended yet");
        };
        await vi.waitFor(end, { timeout: 60_000 });
        // As time does it with the claims of the dead.
        const expire = "UPDATE boardwalk_documents SET claimed_until = '-infinity'";
        await file.server.query(databaseUrl, expire);
      },
    };
  });
});

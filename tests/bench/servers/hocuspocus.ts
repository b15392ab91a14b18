import { Database } from "@hocuspocus/extension-database";
import { Server } from "@hocuspocus/server";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

// Hocuspocus as its documentation sets it up, with a database by way of its own extension.
const database = new DatabaseSync(join(process.env.DATA_DIR ?? ".", "hocuspocus.sqlite"));
database.exec("PRAGMA journal_mode = WAL");
database.exec("CREATE TABLE IF NOT EXISTS documents (name TEXT PRIMARY KEY, data BLOB NOT NULL)");
const read = database.prepare("SELECT data FROM documents WHERE name = ?");
const write = database.prepare(
  "INSERT INTO documents (name, data) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET data = excluded.data",
);

const server = new Server({
  address: "127.0.0.1",
  port: 0,
  quiet: true,
  stopOnSignals: false,
  extensions: [
    new Database({
      fetch: async ({ documentName }) => {
        const row = read.get(documentName);
        return row?.data instanceof Uint8Array ? row.data : null;
      },
      store: async ({ documentName, state }) => {
        write.run(documentName, state);
      },
    }),
  ],
});
await server.listen();
console.log(`ready at http://127.0.0.1:${server.address.port}`);

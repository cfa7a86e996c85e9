// Hocuspocus with its SQLite extension, in a process of its own: PORT DATABASE FOLDER-OF-DOCUMENTS. It stores at once
// instead of two seconds after the last change, which is what it does by default and what would be counted against it.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { SQLite, schema, upsertQuery } from "@hocuspocus/extension-sqlite";
import { Server } from "@hocuspocus/server";
import Database from "better-sqlite3";

const [port, database, folder] = process.argv.slice(2);
const db = new Database(database);
db.exec(schema);
const put = db.prepare(upsertQuery);
db.transaction(() => readdirSync(folder).forEach((name) => put.run({ name, data: readFileSync(join(folder, name)) })))();
db.close();

const server = new Server({
  port: Number(port),
  address: "127.0.0.1",
  quiet: true,
  debounce: 0,
  extensions: [new SQLite({ database })],
  /** After SQLite has committed. */
  async afterStoreDocument({ documentName }) {
    process.send({ stored: documentName });
  },
});
await server.listen();

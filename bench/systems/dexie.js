// Dexie alone: a table of rows in IndexedDB, strictly durable as its docs say how. It has no server.
import Dexie from "dexie";
import { offer } from "./system.js";
import { committed } from "./transactions.js";

const db = new Dexie("season", { chromeTransactionDurability: "strict" });
db.version(1).stores({ shifts: "id, event" });
let all = [];

offer({
  async open() {
    all = await db.shifts.toArray();
  },
  rows: () => all,
  /** Fills the table; asked for once. */
  fill: (rows) => db.shifts.bulkPut(rows),
  async edit(_event, id, note) {
    await db.shifts.update(id, { note });
    await committed.all();
  },
  async burst(edits) {
    await db.shifts.bulkUpdate(edits.map(([, key, note]) => ({ key, changes: { note } })));
    await committed.all();
  },
  async close() {
    db.close();
  },
});

// The bound: IndexedDB and nothing else. A record for each event, its shifts as JSON text, which is read faster than objects
// that the browser clones; an edit is one strict put of a small record, as an outbox needs it.
import { offer } from "./system.js";
import { committed } from "./transactions.js";

let db;
let events = [];

const asked = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});
const store = (name, mode) => db.transaction(name, mode, { durability: "strict" }).objectStore(name);

offer({
  async open() {
    const request = indexedDB.open("raw", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("events");
      request.result.createObjectStore("outbox", { autoIncrement: true });
    };
    db = await asked(request);
    const texts = await asked(store("events", "readonly").getAll());
    events = texts.map((text) => JSON.parse(text));
  },
  rows: () => events.flat(),
  shiftsOf: (event) => events.find((shifts) => shifts[0].event === event),
  async fill(rows) {
    const byEvent = Map.groupBy(rows, (row) => row.event);
    const target = store("events", "readwrite");
    for (const [event, shifts] of byEvent) target.put(JSON.stringify(shifts), event);
    await committed.all();
  },
  async edit(event, assignment, note) {
    store("outbox", "readwrite").put({ event, assignment, set: { note } });
    await committed.all();
  },
  async burst(edits) {
    const target = store("outbox", "readwrite");
    for (const [event, assignment, note] of edits) target.put({ event, assignment, set: { note } });
    await committed.all();
  },
  async close() {
    db.close();
  },
});

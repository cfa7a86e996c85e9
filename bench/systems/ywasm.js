// ywasm, the CRDT itself: the one document's bytes from IndexedDB, merged and read. It brings no provider: its updates are kept
// here in the way of y-indexeddb.
import { load } from "virtual:ywasm";
import { offer } from "./system.js";
import { committed } from "./transactions.js";

let db;
let doc;
let root;
/** Held: without it the listener would go with the next garbage collection. */
let listening;

const asked = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});
const store = (mode) => db.transaction("updates", mode, { durability: "strict" }).objectStore("updates");

function write(event, shift, note) {
  const txn = doc.beginTransaction("here");
  root.get(event, txn).get("assignments", txn).get(shift, txn).set("note", note, txn);
  txn.commit();
  txn.free();
}

offer({
  async open() {
    const request = indexedDB.open("ywasm", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("updates", { autoIncrement: true });
    const [opened, response] = await Promise.all([asked(request), fetch("/ywasm_bg.wasm")]);
    db = opened;
    const { YDoc, applyUpdate } = load(new Uint8Array(await response.arrayBuffer()));
    doc = new YDoc({});
    root = doc.getMap("events");
    for (const update of await asked(store("readonly").getAll())) applyUpdate(doc, update, "kept");
    listening = doc.onUpdate((update) => store("readwrite").add(update));
  },
  rows: () => Object.values(root.toJson()).flatMap((event) => Object.values(event.assignments)),
  async fill(bytes) {
    store("readwrite").add(Uint8Array.from(bytes));
    await committed.all();
  },
  async edit(event, shift, note) {
    write(event, shift, note);
    await committed.all();
  },
  async burst(edits) {
    edits.forEach(([event, shift, note]) => write(event, shift, note));
    await committed.all();
  },
  async close() {
    listening.free();
    db.close();
  },
});

// What Yjs with y-indexeddb does alike, for one document or one for each event, whoever carries it over the network.
import { IndexeddbPersistence } from "y-indexeddb";
import * as Y from "yjs";
import { offer } from "./system.js";
import { committed } from "./transactions.js";

/**
 * `shiftsIn(doc, event)` is the map of an event's shifts, `nameOf(event)` the name of its document. `carry(docs, options)` goes
 * online: `{ synced, stored }`,
 * a promise and, where the server says what it has, a function.
 */
export function offerYjs({ shiftsIn, nameOf, carry, tellsStored = false }) {
  const docs = new Map();
  let options;
  let carrier;
  const shifts = (event) => shiftsIn(docs.get(nameOf(event)), event);
  const write = (event, shift, note) => {
    const map = shifts(event);
    map.doc.transact(() => map.get(shift).set("note", note));
  };

  offer({
    async open(given) {
      options = given;
      committed.force(options.durability);
      const names = [...new Set(options.events.map(nameOf))];
      const kept = names.map((name) => {
        const doc = new Y.Doc();
        docs.set(name, doc);
        return new IndexeddbPersistence(name, doc).whenSynced;
      });
      await Promise.all(kept);
    },
    rows: () => options.events.flatMap((event) => Object.values(shifts(event)?.toJSON() ?? {})),
    count: () => options.events.reduce((sum, event) => sum + (shifts(event)?.size ?? 0), 0),
    shiftsOf: (event) => Object.values(shifts(event).toJSON()),
    async edit(event, shift, note) {
      write(event, shift, note);
      await committed.all();
    },
    async burst(edits) {
      edits.forEach(([event, shift, note]) => write(event, shift, note));
      await committed.all();
    },
    async connect() {
      carrier = carry(docs, options);
      await carrier.synced;
    },
    ...(tellsStored && { stored: () => carrier.stored() }),
    watch(event, shift, see) {
      const map = shifts(event);
      const look = () => see(map.get(shift)?.get("note"));
      look();
      map.observeDeep(look);
      return () => map.unobserveDeep(look);
    },
    async close() {
      docs.forEach((doc) => doc.destroy());
    },
  });
}

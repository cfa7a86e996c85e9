// A device of the benchmark: the package as an app uses it. Times are milliseconds since 1970, with fractions: the pages
// run on one machine and share its clock.
import { join, openWorkspace } from "./core/index.js";

const now = () => performance.timeOrigin + performance.now();
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let event;

globalThis.device = {
  async open(code, title) {
    const hub = location.origin;
    await join({ hub, code, deviceName: "Benchmark" });
    const ws = await openWorkspace({ hub });
    for (let tries = 0; tries < 1000; tries++) {
      const id = ws.events.get().find((each) => each.title === title)?.id;
      if (ws.status.get().connection === "online" && id) {
        event = ws.event(id);
        return event.assignments.get().map((shift) => shift.id);
      }
      await sleep(20);
    }
    throw new Error(`the plan did not come: ${JSON.stringify(ws.status.get())}, ${ws.events.get().length} events`);
  },

  /** Edits one after the other, a while apart; when each was asked for, and when it was saved here. */
  async edit(assignment, texts, apart) {
    const times = [];
    for (const text of texts) {
      const asked = now();
      const receipt = await event.do({ type: "update_assignment", assignment, set: { note: text } });
      const saved = now();
      await receipt.stored;
      times.push({ asked, saved, stored: now() });
      await sleep(apart);
    }
    return times;
  },

  /** When each of the texts was seen. */
  watch(assignment, texts) {
    return watched(event.assignments, texts, (rows) => rows.find((row) => row.id === assignment)?.note);
  },

  async look(assignments, apart) {
    const asked = [];
    for (const assignment of assignments) {
      asked.push(now());
      event.setPresence({ assignment });
      await sleep(apart);
    }
    return asked;
  },

  /** When the other was seen to look at each of the shifts. */
  watchPeers(assignments) {
    return watched(event.presence, assignments, (peers) => peers.find((peer) => !peer.self)?.states[0]?.assignment);
  },

  /** What a strict transaction of one small record costs here, without anything else. */
  async put(runs) {
    const database = await new Promise((resolve, reject) => {
      const request = indexedDB.open("raw", 1);
      request.onupgradeneeded = () => request.result.createObjectStore("rows");
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const times = [];
    for (let i = 0; i < runs; i++) {
      const start = now();
      await new Promise((resolve, reject) => {
        const transaction = database.transaction("rows", "readwrite", { durability: "strict" });
        transaction.objectStore("rows").put(new Uint8Array(300), i);
        transaction.oncomplete = resolve;
        transaction.onabort = () => reject(transaction.error);
      });
      times.push(now() - start);
      await sleep(10);
    }
    return times;
  },
};

function watched(store, values, read) {
  const seen = [];
  return new Promise((resolve) => {
    const look = () => {
      if (read(store.get()) !== values[seen.length]) return;
      seen.push(now());
      if (seen.length < values.length) return;
      stop();
      resolve(seen);
    };
    const stop = store.subscribe(look);
  });
}

// What a page of the benchmarks offers, whatever system it runs: each workload is written once, against this.
//
//   open({ events, server, token, durability })  opens what this device has in IndexedDB; `events` are their ids
//   rows()                      all shifts as plain objects
//   shiftsOf(event)             those of one event
//   edit(event, shift, note)    writes a note; resolves once it is committed in IndexedDB
//   burst(edits)                [event, shift, note] each, at once; resolves once all are committed
//   count()                     how many shifts are here; cheap
//   fill(data)                  puts a plan into a system that has no server
//   connect()                   goes online; resolves once the device has said what it lacks
//   stored()                    resolves once the server says that it has all edits of this device
//   watch(event, shift, see)    calls `see(note)` with the note at each change
//   look, watchPeer             ours only: where people are
//   close()
//
// What a system cannot do it leaves out. Committed means the `complete` event of the transaction: transactions.js.
import { committed } from "./transactions.js";

const now = () => performance.timeOrigin + performance.now();

const FACTS = ["id", "title", "role", "start", "end", "place", "note"];
/** What is on screen: an app holds it, so it counts as memory. */
let shown = [];

/** Puts a system at `window.bench`, with the acts that are timed in the page. */
export function offer(system) {
  window.bench = {
    ...system,
    /** Resolves once a device that had nothing has so many shifts, and has kept them. */
    async join(options, shifts) {
      const start = performance.now();
      await system.open(options);
      await system.connect();
      while (system.count() < shifts) await new Promise((resolve) => setTimeout(resolve, 10));
      const ms = performance.now() - start;
      await committed.all();
      return { ms };
    },
    /** A digest of the plan: two systems with the same one show the same plan. */
    async facts() {
      const lines = system.rows().map((row) => FACTS.map((field) => row[field]).join("|"));
      const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(lines.sort().join("\n")));
      return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    },
    /** Milliseconds until the shifts of one event are plain objects: what a person looks at first. */
    async timedFirst(options) {
      const start = performance.now();
      await system.open(options);
      shown = system.shiftsOf(options.events[0]);
      return { ms: performance.now() - start, rows: shown.length };
    },
    /** Goes online; when that began, and when the server said that it has all edits. */
    async drain() {
      const start = now();
      await system.connect();
      if (!system.stored) return { start };
      await system.stored();
      return { start, stored: now() };
    },
    /** When all shifts of some events were seen to have a note with that ending. */
    async untilShown(events, ending) {
      for (const event of events) {
        while (!system.shiftsOf(event).every((shift) => shift.note.endsWith(ending))) {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
      return now();
    },
    /** Milliseconds from the call until all shifts are plain objects. */
    async timedOpen(options) {
      const start = performance.now();
      await system.open(options);
      shown = system.rows();
      return { ms: performance.now() - start, fromNavigation: performance.now(), rows: shown.length };
    },
    /** One edit after the other; milliseconds of each, and what the transactions were. */
    async timedEdits(edits, apart) {
      const times = [];
      committed.durabilities.clear();
      for (const [event, shift, note] of edits) {
        const start = performance.now();
        await system.edit(event, shift, note);
        times.push(performance.now() - start);
        if (apart > 0) await new Promise((resolve) => setTimeout(resolve, apart));
      }
      return { times, durabilities: [...committed.durabilities] };
    },
    async timedBurst(edits) {
      committed.durabilities.clear();
      const [start, before] = [performance.now(), committed.count];
      await system.burst(edits);
      return { ms: performance.now() - start, transactions: committed.count - before, durabilities: [...committed.durabilities] };
    },
    /** When each of the notes was seen, in milliseconds since 1970. */
    watchAll: (event, shift, notes) => inOrder(notes, (see) => system.watch(event, shift, see)),
    /** When the other was seen to look at each of the shifts. */
    watchPeers: (event, shifts) => inOrder(shifts, (see) => system.watchPeer(event, see)),
    /** Edits one after the other; when each was asked for, committed here, and said to be stored. */
    async told(event, shift, notes, apart) {
      const times = [];
      for (const note of notes) {
        const asked = now();
        await system.edit(event, shift, note);
        const saved = now();
        await system.stored?.();
        times.push({ asked, saved, stored: now() });
        await new Promise((resolve) => setTimeout(resolve, apart));
      }
      return times;
    },
  };
}

/**
 * When each of the values was seen, one after the other. A page that shows two changes at once has shown the earlier one, too.
 */
function inOrder(values, watch) {
  const seen = [];
  return new Promise((resolve) => {
    let stop = () => {};
    stop = watch((value) => {
      const at = values.indexOf(value, seen.length);
      if (at < 0) return;
      while (seen.length <= at) seen.push(now());
      if (seen.length < values.length) return;
      stop();
      resolve(seen);
    });
  });
}

/** Resolves once `test()` holds; `watch` calls back at each change. */
export function until(test, watch) {
  return new Promise((resolve) => {
    let stop = () => {};
    const look = () => {
      if (!test()) return;
      stop();
      resolve();
    };
    stop = watch(look);
    look();
  });
}

// Edits that were queued offline, one of each shift: from going online until the server says that it has them all, until a
// second device that was online all the time shows them, and the bytes that the first needed. What "has" means: ours answers
// after an fsync; Hocuspocus answers from memory, and stores each document some time after, which is timed too;
// y-websocket never says so. Each run has a server of its own, so that it finds it as it was.
import { onCopy, withLab } from "../lib/lab.mjs";
import { buildOurs } from "../lib/ours.mjs";
import { season } from "../lib/season.mjs";
import { interleaved, medianOf, row } from "../lib/stats.mjs";

const SYSTEMS = ["wedsync", "yjs", "yjs-per-event", "hocuspocus"];

export async function run({ quick }) {
  await buildOurs();
  const edits = quick ? 1000 : 10_000;
  return withLab(SYSTEMS, season(edits), async (lab) => {
    const results = await interleaved(SYSTEMS, quick ? 2 : 5, (system) => once(lab, system, edits));
    return [...results].flatMap(([system, all]) => {
      const figure = (metric, key, unit, scale = 1) =>
        all[0][key] === undefined ? [] : [row("drain", system, `${edits} edits: ${metric}`, medianOf(all, key) / scale, unit, all.length)];
      return [
        ...figure(SAYS[system] ?? "", "said", "ms"),
        ...figure("on the server's disk", "onDisk", "ms"),
        ...figure("shown by a second device", "shown", "ms"),
        ...figure("bytes on the wire", "bytes", "MB", 1e6),
      ];
    });
  });
}

const SAYS = { wedsync: "stored (after fsync), as the device hears it", hocuspocus: "acknowledged (in memory), as the device hears it" };

async function once(lab, system, edits) {
  const server = await lab.freshServer(system);
  try {
    return await onCopy(lab, system, (a) => onCopy(lab, system, (b) => together(lab, system, server, a, b, edits), "user-2"));
  } finally {
    await server.stop();
  }
}

async function together(lab, system, server, a, b, edits) {
  const ending = "(drain)";
  server.wire.cut();
  await a.call("open", lab.options(server));
  await a.call("burst", lab.edits(edits, "drain"));
  await b.call("open", lab.options(server, { user: "user-2", wire: server.secondWire }));
  await b.call("connect");
  const disk = onDisk(server, lab.events.length);
  const before = server.wire.passed;
  server.wire.resume();
  const [{ start, stored }, shown] = await Promise.all([a.call("drain"), b.call("untilShown", lab.events, ending)]);
  const bytes = server.wire.passed - before;
  const at = system === "wedsync" ? stored : system === "hocuspocus" ? await disk : undefined;
  return { said: stored && stored - start, onDisk: at && at - start, shown: shown - start, bytes };
}

/** When the last of so many documents was stored; Hocuspocus' own process tells. */
function onDisk(server, documents) {
  const stored = new Set();
  return new Promise((resolve) => {
    const stop = server.on(({ stored: name }) => {
      stored.add(name);
      if (stored.size < documents) return;
      stop();
      resolve(Date.now());
    });
  });
}

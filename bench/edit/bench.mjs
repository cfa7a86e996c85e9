// One field of one shift changed in a season that is open, until it is committed in IndexedDB. `raw` is one strict put. Yjs
// and y-indexeddb write with the browser's default durability, which a power cut can take away: once as they come, and
// once with every transaction made strict. The devices are offline.
import { onCopy, withLab } from "../lib/lab.mjs";
import { buildOurs, mustBeStrict } from "../lib/ours.mjs";
import { festival, season } from "../lib/season.mjs";
import { interleaved, percentiles } from "../lib/stats.mjs";

const SYSTEMS = ["wedsync", "yjs", "yjs-per-event", "dexie", "ywasm", "raw"];
const RELAXED = ["yjs", "yjs-per-event"];
const WARM_UP = 20;
/** Milliseconds between two edits: faster than a person, slow enough that each is alone. */
const APART = 10;

export async function run({ quick }) {
  await buildOurs();
  const rows = await measure(season(quick ? 1000 : 10_000), quick ? 3 : 5, quick ? 20 : 60, "");
  return [...rows, ...(await measure(festival(), quick ? 3 : 5, quick ? 20 : 60, ", festival"))];
}

export function measure(plan, runs, edits, suffix, systems = SYSTEMS, workload = "edit") {
  return withLab(systems, plan, async (lab) => {
    const ways = systems.flatMap((system) => [`${system} strict`, ...(RELAXED.includes(system) ? [`${system} relaxed`] : [])]);
    const results = await interleaved(ways, runs, (way) => once(lab, ...way.split(" "), edits));
    return [...results].flatMap(([way, all]) => {
      const [system, durability] = way.split(" ");
      const metric = `one field, ${durability === "strict" ? "committed strictly" : "as it comes (relaxed)"}${suffix}`;
      return percentiles(workload, system, metric, all.flat(), [50, 95]);
    });
  });
}

async function once(lab, system, durability, edits) {
  const options = await lab.offline(system, { durability: durability === "strict" ? "strict" : undefined });
  return onCopy(lab, system, async (device) => {
    await device.call("timedOpen", options);
    const { times, durabilities } = await device.call("timedEdits", lab.edits(WARM_UP + edits, "edit"), APART);
    if (durability === "strict") mustBeStrict(system, durabilities);
    return times.slice(WARM_UP);
  });
}

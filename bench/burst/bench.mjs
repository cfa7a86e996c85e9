// A thousand edits at once, until all are committed in IndexedDB; and in how many transactions. `raw` is a thousand puts in one
// strict transaction; Yjs writes as it comes, relaxed. The devices are offline.
import { onCopy, withLab } from "../lib/lab.mjs";
import { buildOurs, mustBeStrict } from "../lib/ours.mjs";
import { season } from "../lib/season.mjs";
import { interleaved, medianOf, row } from "../lib/stats.mjs";

const SYSTEMS = ["wedsync", "yjs", "yjs-per-event", "dexie", "ywasm", "raw"];
const EDITS = 1000;

export async function run({ quick }) {
  await buildOurs();
  return withLab(SYSTEMS, season(quick ? 1000 : 10_000), async (lab) => {
    const results = await interleaved(SYSTEMS, quick ? 3 : 5, (system) => once(lab, system));
    return [...results].flatMap(([system, all]) => [
      row("burst", system, `${EDITS} edits until all are saved`, medianOf(all, "ms"), "ms", all.length),
      row("burst", system, `${EDITS} edits: transactions`, medianOf(all, "transactions"), "transactions", all.length),
    ]);
  });
}

async function once(lab, system) {
  const options = await lab.offline(system);
  return onCopy(lab, system, async (device) => {
    await device.call("timedOpen", options);
    const result = await device.call("timedBurst", lab.edits(EDITS, "burst"));
    mustBeStrict(system, result.durabilities);
    return result;
  });
}

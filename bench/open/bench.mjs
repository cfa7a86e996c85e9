// A fresh page of a device that has the season: from asking until all shifts are plain objects; memory after, and bytes on
// disk. `raw` is one read of the same rows from IndexedDB, decoded. The devices are offline; each run is a browser of its own.
import { onCopy, withLab } from "../lib/lab.mjs";
import { buildOurs } from "../lib/ours.mjs";
import { festival, season } from "../lib/season.mjs";
import { interleaved, medianOf, row } from "../lib/stats.mjs";

const SYSTEMS = ["wedsync", "yjs", "yjs-per-event", "dexie", "ywasm", "raw"];

export async function run({ quick }) {
  await buildOurs();
  const rows = await measure(season(quick ? 1000 : 10_000), quick ? 3 : 5, "");
  return [...rows, ...(await measure(festival(), quick ? 3 : 5, ", festival"))];
}

export function measure(plan, runs, suffix, systems = SYSTEMS, workload = "open") {
  return withLab(systems, plan, async (lab) => {
    const results = await interleaved(systems, runs, (system) => once(lab, system));
    return [...results].flatMap(([system, all]) => {
      const figure = (metric, key, unit, scale = 1) => row(workload, system, `${metric}${suffix}`, medianOf(all, key) / scale, unit, all.length);
      return [
        figure("all shifts as objects", "ms", "ms"),
        figure("the same, since navigation", "fromNavigation", "ms"),
        figure("memory after", "memory", "MB", 1e6),
        figure("bytes on disk", "disk", "MB", 1e6),
      ];
    });
  });
}

async function once(lab, system) {
  const options = await lab.offline(system);
  return onCopy(lab, system, async (device, profile) => {
    const disk = profile.diskBytes;
    const { ms, fromNavigation, rows } = await device.call("timedOpen", options);
    if (rows !== lab.shifts) throw new Error(`${system} shows ${rows} shifts of ${lab.shifts}`);
    const memory = await device.memory();
    if (process.env.BENCH_TRACE) console.error(system, ms, memory);
    return { ms, fromNavigation, memory: memory.total, disk };
  });
}

// How the cost grows with the season: opening all of it, opening one event of it, which is what a screen shows, and one edit,
// at 1,000 to 100,000 shifts with ten times as many edits behind them. Checking for conflicts grows in bench/check.
import { measure as measureEdits } from "../edit/bench.mjs";
import { onCopy, withLab } from "../lib/lab.mjs";
import { buildOurs } from "../lib/ours.mjs";
import { season } from "../lib/season.mjs";
import { interleaved, medianOf, row } from "../lib/stats.mjs";

const SHIFTS = [1000, 10_000, 100_000];
const SYSTEMS = ["wedsync", "yjs", "yjs-per-event", "raw"];
/** The largest season only for ours and the bound: the goals are about ours, and writing it for Yjs takes minutes. */
const systemsAt = (shifts) => SYSTEMS.filter((system) => shifts < 100_000 || !system.startsWith("yjs"));

export async function run({ quick }) {
  await buildOurs();
  const rows = [];
  for (const shifts of quick ? SHIFTS.slice(0, 2) : SHIFTS) {
    const [systems, plan, suffix, runs] = [systemsAt(shifts), season(shifts), `, ${shifts} shifts`, quick ? 2 : 5];
    rows.push(...(await measureOpen(systems, plan, suffix, runs)));
    rows.push(...(await measureEdits(plan, runs, quick ? 15 : 40, suffix, systems, "growth")));
  }
  return rows;
}

function measureOpen(systems, plan, suffix, runs) {
  return withLab(systems, plan, async (lab) => {
    const results = await interleaved(systems, runs, async (system) => {
      const options = await lab.offline(system);
      const all = await onCopy(lab, system, (device) => device.call("timedOpen", options));
      const first = await onCopy(lab, system, (device) => device.call("timedFirst", options));
      return { all: all.ms, first: first.ms };
    });
    return [...results].flatMap(([system, all]) => [
      row("growth", system, `open all shifts${suffix}`, medianOf(all, "all"), "ms", all.length),
      row("growth", system, `open one event${suffix}`, medianOf(all, "first"), "ms", all.length),
    ]);
  });
}

// Two people on one event of the season, online: how long until an edit of one is on the screen of the other. Ours is seen by
// others only once it is durable twice, on the device and at the hub. What that needs at least is measured beside it: one strict
// put in IndexedDB, one commit in SQLite, and the hop of y-websocket, which waits for neither. Presence: until they see where
// the other looks.
import { onCopy, withLab } from "../lib/lab.mjs";
import { buildOurs } from "../lib/ours.mjs";
import { season } from "../lib/season.mjs";
import { interleaved, percentiles } from "../lib/stats.mjs";
import { timedCommits } from "./commit.mjs";

const SYSTEMS = ["wedsync", "yjs", "yjs-per-event", "hocuspocus"];
const PERCENTS = [50, 95, 99];
const WARM_UP = 10;
/** Milliseconds between two edits, and between two looks: faster than a person, slow enough that each is alone. */
const EDITS_APART = 30;
const LOOKS_APART = 400;

export async function run({ quick }) {
  await buildOurs();
  const [runs, edits, looks] = quick ? [2, 30, 10] : [5, 100, 25];
  return withLab([...SYSTEMS, "raw"], season(quick ? 1000 : 10_000), async (lab) => {
    const results = await interleaved([...SYSTEMS, "raw"], runs, (system) =>
      system === "raw" ? parts(lab, edits) : once(lab, system, edits, looks));
    return [...results].flatMap(([system, all]) => {
      const metrics = Object.keys(all[0]);
      return metrics.flatMap((metric) => {
        const workload = metric.startsWith("A looks") ? "presence" : "propagate";
        return percentiles(workload, system, metric, all.flatMap((each) => each[metric]), PERCENTS);
      });
    });
  });
}

async function once(lab, system, edits, looks) {
  const server = await lab.server(system);
  return onCopy(lab, system, (a) => onCopy(lab, system, async (b) => {
    // Not before: making the profiles leaves it cut.
    server.wire.resume();
    for (const [device, user] of [[a, "user-1"], [b, "user-2"]]) {
      await device.call("open", lab.options(server, { user }));
      await device.call("connect");
    }
    return measure(lab, system, a, b, edits, looks);
  }, "user-2"));
}

async function measure(lab, system, a, b, edits, looks) {
  const { id: event, assignments: shifts } = lab.season.events[0];
  const tag = Math.random().toString(36).slice(2);
  const notes = Array.from({ length: WARM_UP + edits }, (_, n) => `Bring gloves, and ${n} cups (${tag})`);
  const [made, seen] = await Promise.all([
    a.call("told", event, shifts[0].id, notes, EDITS_APART),
    b.call("watchAll", event, shifts[0].id, notes),
  ]);
  const all = { "edit at A to view at B": made.map(({ asked }, n) => seen[n] - asked) };
  if (system === "wedsync") {
    all["edit at A to saved at A"] = made.map(({ asked, saved }) => saved - asked);
    all["edit at A to stored, as A hears it"] = made.map(({ asked, stored }) => stored - asked);
    const visited = Array.from({ length: WARM_UP + looks }, (_, n) => shifts[n % shifts.length].id);
    const [looked, noticed] = await Promise.all([a.call("look", event, visited, LOOKS_APART), b.call("watchPeers", event, visited)]);
    all["A looks elsewhere to B sees it"] = looked.map((asked, n) => noticed[n] - asked);
  }
  return withoutWarmUp(all);
}

/** The durable parts, each alone. */
function parts(lab, edits) {
  return onCopy(lab, "raw", async (device) => {
    await device.call("open", lab.options());
    const { times } = await device.call("timedEdits", lab.edits(WARM_UP + edits, "raw"), EDITS_APART);
    return withoutWarmUp({ "one strict put in IndexedDB": times, "one commit in SQLite": await timedCommits(WARM_UP + edits, EDITS_APART) });
  });
}

const withoutWarmUp = (all) => Object.fromEntries(Object.entries(all).map(([metric, times]) => [metric, times.slice(WARM_UP)]));

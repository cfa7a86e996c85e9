// A new device, empty, until all of the season is there; and the bytes that went over the wire, both ways.
import { Profile } from "../lib/browser.mjs";
import { withLab } from "../lib/lab.mjs";
import { buildOurs } from "../lib/ours.mjs";
import { season } from "../lib/season.mjs";
import { interleaved, medianOf, row } from "../lib/stats.mjs";

const SYSTEMS = ["wedsync", "yjs", "yjs-per-event", "hocuspocus"];

export async function run({ quick }) {
  await buildOurs();
  return withLab(SYSTEMS, season(quick ? 1000 : 10_000), async (lab) => {
    const results = await interleaved(SYSTEMS, quick ? 3 : 5, (system) => once(lab, system));
    return [...results].flatMap(([system, all]) => [
      row("join", system, "all shifts are there", medianOf(all, "ms"), "ms", all.length),
      row("join", system, "bytes on the wire", medianOf(all, "bytes") / 1e6, "MB", all.length),
    ]);
  });
}

async function once(lab, system) {
  const server = await lab.server(system);
  const profile = new Profile(system);
  try {
    const before = server.wire.passed;
    const { ms } = await profile.with(lab.address(system), (device) => device.call("join", lab.options(server), lab.shifts));
    return { ms, bytes: server.wire.passed - before };
  } finally {
    profile.remove();
  }
}

// `npm run chaos -- --minutes 5 --browsers 3 --seed 7`: the real hub and real browsers, cut off, stalled and killed
// by a plan made from the seed; at the end all must agree. Exit status 1 if something does not. What is needed to
// look into it stays in test-results/chaos/SEED.
import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { Problem, isMain, main, must } from "./run.mjs";
import { ensureTestTools } from "./tools.mjs";

/** The hub, the programs that read its file and hold it up, and a peer for Yjs. */
export const HUB_BUILD = [
  "build", "-p", "wedsync-hub", "--bin", "wedsync-hub", "--example", "dump", "--example", "hold", "--example", "yrs",
];

if (isMain(import.meta.url)) {
  await main(async () => {
    const options = { minutes: { type: "string" }, browsers: { type: "string" }, seed: { type: "string" }, "no-build": { type: "boolean" } };
    const { values } = parseArgs({ options });
    const number = (name, otherwise) => {
      const value = values[name] === undefined ? otherwise : Number(values[name]);
      if (!(value > 0)) throw new Problem(`--${name} must be a number above 0, not '${values[name]}'.`);
      return value;
    };
    const asked = { seed: number("seed", Date.now() % 100_000), ms: number("minutes", 5) * 60_000, browsers: number("browsers", 3) };
    if (!values["no-build"]) {
      await ensureTestTools();
      await build();
      await must("cargo", HUB_BUILD);
    }
    const { Run } = await import("../tests/chaos/run.mjs");
    const run = new Run(asked);
    const findings = await run.all();
    console.log(`\n${run.report()}Kept in ${run.folder}`);
    process.exit(findings.length === 0 ? 0 : 1);
  });
}

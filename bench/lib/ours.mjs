// Builds what of ours is measured: the package, and the hub as it is shipped.
import { build } from "../../scripts/build.mjs";
import { must } from "../../scripts/run.mjs";

export async function buildOurs() {
  await build();
  await must("cargo", ["build", "--release", "-p", "wedsync-hub"]);
}

/** Ours promise strict durability: a number without it would be another's. */
export function mustBeStrict(system, durabilities) {
  if (system !== "wedsync" && system !== "raw") return;
  if (!durabilities.includes("strict")) throw new Error(`${system} committed nothing strictly: ${durabilities}`);
}

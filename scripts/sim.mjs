// `npm run sim -- --seeds N --from S`: the simulation (tests/sim), built for speed. Exit status 1 if a seed fails.
import { spawnSync } from "node:child_process";
import { main, must, root } from "./run.mjs";

await main(async () => {
  await must("cargo", ["build", "--profile", "sim", "-p", "wedsync-sim"]);
  const args = ["run", "--quiet", "--profile", "sim", "-p", "wedsync-sim", "--", ...process.argv.slice(2)];
  process.exit(spawnSync("cargo", args, { cwd: root, stdio: "inherit" }).status ?? 1);
});

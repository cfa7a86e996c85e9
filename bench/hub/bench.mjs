// A thousand clients on one hub, and what happens to devices when it is killed and comes back. The clients are simulated
// natively (src/), on the same machine: half of what it can is theirs.
import { join } from "node:path";
import { must, targetDir } from "../../scripts/run.mjs";

const [CLIENTS, EDITS_A_SECOND] = [1000, 100];
/** Each client is a file here and one at the hub. */
const FILES = 8192;

export async function run({ quick }) {
  await must("cargo", ["build", "--release", "-p", "wedsync-hub", "-p", "wedsync-bench-hub"]);
  const binary = (name) => join(targetDir, "release", name);
  const args = [binary("wedsync-hub"), CLIENTS, EDITS_A_SECOND, quick ? 5 : 20].map(String);
  const script = `ulimit -n ${FILES} && exec "$@"`;
  const output = await must("sh", ["-c", script, "sh", binary("wedsync-bench-hub"), ...args]);
  return output.trim().split("\n").map((line) => JSON.parse(line));
}

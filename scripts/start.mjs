// `npm start`: installs what is missing, builds, and runs the hub with the demo organisation until Ctrl-C.
// WEDSYNC_LISTEN and WEDSYNC_DATA choose another address and folder; further arguments go to the hub.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { build } from "./build.mjs";
import { main, must, root, say, targetDir } from "./run.mjs";
import { ensureBuildTools } from "./tools.mjs";

/** How long the hub may take to finish what it is committing after Ctrl-C. */
const GRACE_MS = 15_000;

await main(async () => {
  await ensureBuildTools();
  await build();
  say("Building the hub");
  await must("cargo", ["build", "--release", "-p", "wedsync-hub"]);
  say("Starting the hub; Ctrl-C ends it");
  process.exit(await serve());
});

function serve() {
  const data = process.env.WEDSYNC_DATA ?? join(root, "data");
  const args = ["serve", "--demo", "--data", data, "--www", join(root, "www/dist"), ...process.argv.slice(2)];
  // A process group of its own: the terminal's Ctrl-C would reach the hub a second time, beside the one passed on.
  const hub = spawn(join(targetDir, "release", "wedsync-hub"), args, { cwd: root, stdio: "inherit", detached: true });
  let asked = false;
  const stop = () => {
    if (asked) return;
    asked = true;
    hub.kill("SIGTERM");
    setTimeout(() => hub.kill("SIGKILL"), GRACE_MS).unref();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, stop);
  process.on("exit", () => hub.kill("SIGKILL"));
  return new Promise((resolve, reject) => {
    hub.on("error", reject);
    hub.on("close", (code) => resolve(code ?? 1));
  });
}

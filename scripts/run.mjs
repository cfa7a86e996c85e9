// Running other programs, and saying what is going on.
import { spawn, spawnSync } from "node:child_process";
import { createWriteStream, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const targetDir = process.env.CARGO_TARGET_DIR ?? join(root, "target");

/** A problem that a person can mend: shown without a stack trace. */
export class Problem extends Error {}

export function say(text) {
  console.log(`\n== ${text}`);
}

/** Ends the process on a {@link Problem} with its message, and on anything else with a stack trace. */
export async function main(body) {
  try {
    await body();
  } catch (error) {
    console.error(error instanceof Problem ? `\n${error.message}` : error);
    process.exit(1);
  }
}

/** Whether the module is the one that was started, not imported. */
export const isMain = (url) => process.argv[1] !== undefined && url === pathToFileURL(process.argv[1]).href;

/** The first line a program prints for `--version` and the like; undefined where it is missing or fails. */
export function versionOf(program, args = ["--version"]) {
  const { status, stdout } = spawnSync(program, args, { cwd: root, encoding: "utf8" });
  return status === 0 ? stdout.trim().split("\n")[0] : undefined;
}

/**
 * Runs a program and resolves with its exit code and output. The output is shown while it runs; with `log`
 * it is also appended to that file.
 */
export function run(program, args, { cwd = root, env = {}, log } = {}) {
  if (log) mkdirSync(dirname(log), { recursive: true });
  const file = log ? createWriteStream(log, { flags: "a" }) : undefined;
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const take = (to) => (chunk) => {
      output += chunk;
      to.write(chunk);
      file?.write(chunk);
    };
    child.stdout.on("data", take(process.stdout));
    child.stderr.on("data", take(process.stderr));
    child.on("error", (error) => {
      file?.end();
      resolve({ code: 127, output: `${output}${program}: ${error.message}\n` });
    });
    child.on("close", (code, signal) => {
      file?.end();
      resolve({ code: code ?? 1, output: signal ? `${output}ended by ${signal}\n` : output });
    });
  });
}

/** Like {@link run}, but a failure is a {@link Problem}. */
export async function must(program, args, options) {
  const { code, output } = await run(program, args, options);
  if (code === 127) throw new Problem(`${program} could not be started. ${output.trim()}`);
  if (code !== 0) throw new Problem(`${[program, ...args].join(" ")} failed (exit code ${code}); its output is above.`);
  return output;
}

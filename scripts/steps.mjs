// The steps of `npm test`, in order. Each says how its output is counted (see counts.mjs) and what it needs.
import { readdirSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { build } from "./build.mjs";
import { HUB_BUILD } from "./chaos.mjs";
import { fuzzAll } from "./fuzz.mjs";
import { root, run, targetDir } from "./run.mjs";
import { findBrowser, tool } from "./tools.mjs";

/** With it, the domain's tests check the TypeScript types that are generated from Rust. */
const TS_FEATURE = ["--features", "wedsync-domain/ts"];
const bin = (name) => join(root, "node_modules", ".bin", name);

export const results = join(root, "test-results");

/** `run` resolves with `{ code, output }`; `count` is "check" (one pass or failure), "cargo", "node" or a vitest report. */
export function steps() {
  const log = (name) => join(results, `${name}.log`);
  const command = (name, count, program, args, options = {}) => ({
    name,
    count,
    needs: options.needs ?? [],
    run: () => run(program, args, { ...options, log: log(name) }),
  });
  return [
    command("bench", "node", process.execPath, ["--test", "--test-reporter=spec", "bench/lib/lib.test.mjs"]),
    command("fmt", "check", "cargo", ["fmt", "--all", "--check"]),
    command("clippy", "check", "cargo", ["clippy", "--workspace", "--all-targets", ...TS_FEATURE, "--", "-D", "warnings"]),
    command("clippy-wasm", "check", "cargo", [
      "clippy", "-p", "wedsync-core", "--all-targets", "--target", "wasm32-unknown-unknown", "--", "-D", "warnings",
    ]),
    command("cargo", "cargo", "cargo", ["test", "--workspace", "--no-fail-fast", ...TS_FEATURE]),
    command("deny", "check", tool("cargo-deny"), ["check", "licenses", "bans", "sources"]),
    { name: "wasm", count: "cargo", needs: [], run: () => wasmTests(log("wasm")) },
    { name: "wasm-pack-build", count: "check", needs: [], run: () => wasmPack(["build", "--dev", "--out-dir", join(targetDir, "wasm-pack"), "."], log("wasm-pack-build")) },
    { name: "build", count: "check", needs: [], run: buildStep },
    { name: "types-package", count: "check", needs: ["build"], run: () => packageTypes(log("types-package")) },
    command("types-www", "check", bin("tsc"), ["--noEmit"], { cwd: join(root, "www"), needs: ["build"] }),
    vitest("vitest-package", ["--root", "src/npm"], log, []),
    vitest("vitest-www", ["--root", "www"], log, ["build"]),
    // The tests drive a real hub; the debug one is built already when the cargo step has run.
    command("hub", "check", "cargo", HUB_BUILD),
    node("package", "tests/package", log),
    node("e2e", "tests/e2e", log),
    node("chaos", "tests/chaos", log),
    // Every input that is kept and every crash there was, and ten seconds of new ones for each target.
    { name: "fuzz", count: "check", needs: [], run: () => fuzzStep(log("fuzz")) },
  ];
}

async function buildStep() {
  try {
    await build();
    return { code: 0, output: "" };
  } catch (error) {
    return { code: 1, output: `${error.message}\n` };
  }
}

async function fuzzStep(log) {
  try {
    return await fuzzAll({ seconds: 10, log });
  } catch (error) {
    return { code: 1, output: `${error.message}\n` };
  }
}

/** The page's sources, the worker's, their tests, the app's worker script, and the example: each with its own globals. */
async function packageTypes(log) {
  const configs = ["tsconfig.json", "tsconfig.worker.json", "tsconfig.test.json"].map((name) => `src/npm/${name}`);
  const results = [];
  for (const config of [...configs, "service-worker/tsconfig.json", "examples/react/tsconfig.json"]) {
    results.push(await run(bin("tsc"), ["-p", config, "--noEmit"], { log }));
  }
  return { code: Math.max(...results.map((r) => r.code)), output: results.map((r) => r.output).join("") };
}

function wasmTests(log) {
  return wasmPack(["test", "--headless", "--chrome", "--chromedriver", findBrowser().chromedriver, "."], log);
}

function wasmPack(args, log) {
  const env = { PATH: `${dirname(tool("wasm-pack"))}${delimiter}${process.env.PATH}`, CARGO_TARGET_DIR: targetDir };
  return run(tool("wasm-pack"), args, { env, log });
}

function vitest(name, args, log, needs) {
  const report = join(results, `${name}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  return { name, count: report, needs, run: () => run(bin("vitest"), ["run", ...args, ...reporters], { log: log(name) }) };
}

function node(name, folder, log) {
  return { name, count: "node", needs: ["build", "hub"], run: () => nodeTests(folder, log(name)) };
}

function nodeTests(folder, log) {
  const files = readdirSync(join(root, folder)).filter((file) => file.endsWith(".test.mjs"));
  const args = ["--test", "--test-reporter=spec", "--test-concurrency=1", ...files.map((file) => join(folder, file))];
  return run(process.execPath, args, { log });
}

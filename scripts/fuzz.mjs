// `npm run fuzz`: coverage-guided fuzzing (fuzz/), each target for 20 seconds; `--seconds 600 --only judge,plan` for
// longer and fewer. `--replay FILE` runs one input again. `--keep` puts what the last runs found worth keeping into
// fuzz/corpus, small.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { parseArgs } from "node:util";
import { Problem, isMain, main, must, root, say, targetDir, versionOf } from "./run.mjs";

const home = join(root, "fuzz");
/** Apart from the other builds: the flags are others. What a run finds is kept here, not in the repository. */
const work = join(targetDir, "fuzz");
/** Bytes of a target's corpus in the repository. */
const KEPT_BYTES = 36_000;
const INPUT_BYTES = 8_192;

/** Those of `cargo fuzz build --sanitizer none`: a counter on every edge, and comparisons that the fuzzer learns from. */
const FLAGS = [
  "-Cpasses=sancov-module",
  "-Cllvm-args=-sanitizer-coverage-level=4",
  "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
  "-Cllvm-args=-sanitizer-coverage-pc-table",
  "-Cllvm-args=-sanitizer-coverage-trace-compares",
  "--cfg fuzzing",
].join(" ");

const targets = () => readdirSync(join(home, "src", "bin")).map((file) => basename(file, ".rs"));
const files = (folder) => (existsSync(folder) ? readdirSync(folder).map((file) => join(folder, file)) : []);

/** Builds all targets; answers with where they are. */
async function build(log) {
  await must("cargo", ["fmt", "--manifest-path", join(home, "Cargo.toml"), "--check"], { log });
  const host = spawnSync("rustc", ["-vV"], { cwd: root, encoding: "utf8" }).stdout.match(/^host: (.+)$/m)?.[1];
  if (!versionOf("c++")) throw new Problem("A C++ compiler is needed for libFuzzer: sudo apt-get install -y build-essential");
  // The target is named so that the flags do not reach build scripts.
  const args = ["build", "--release", "--manifest-path", join(home, "Cargo.toml"), "--target", host];
  await must("cargo", args, { env: { RUSTFLAGS: FLAGS, CARGO_TARGET_DIR: work }, log });
  return join(work, host, "release");
}

const folders = (target) => ({
  found: join(work, "corpus", target),
  corpus: join(home, "corpus", target),
  crashes: join(home, "crashes", target),
});

/** Replays what is kept and every crash there ever was, then looks for new ones; true if there were none. */
async function fuzz(bin, target, seconds) {
  const { found, corpus, crashes } = folders(target);
  [found, corpus, crashes].forEach((folder) => mkdirSync(folder, { recursive: true }));
  const before = new Set(readdirSync(crashes));
  const options = [`-max_total_time=${seconds}`, `-artifact_prefix=${crashes}/`, `-max_len=${INPUT_BYTES}`, ...limits()];
  const started = Date.now();
  const { code, output } = await watch(join(bin, target), [...options, found, corpus, crashes], (line) => {
    process.stdout.write(`  ${target.padEnd(10)} ${Math.round((Date.now() - started) / 1000)} s  ${line}\n`);
  });
  if (code === 0) return true;
  const file = output.match(/Test unit written to (.+)$/m)?.[1];
  console.log(output.split("\n").filter((line) => !line.startsWith("#")).slice(-40).join("\n"));
  console.log(`\nFAILED ${target}: ${explain(output)}`);
  if (file) {
    const path = relative(root, file);
    console.log(`The input${before.has(basename(file)) ? ", one that was mended before," : ""} is in ${path}; to run it again:`);
    console.log(`  npm run fuzz -- --replay ${path}`);
  }
  return false;
}

/** Seconds and megabytes that one input may cost. */
const limits = () => ["-timeout=20", "-rss_limit_mb=2048", "-print_final_stats=1"];

function explain(output) {
  if (/ERROR: libFuzzer: timeout/.test(output)) return "one input takes too long";
  if (/ERROR: libFuzzer: out-of-memory|memory allocation of/.test(output)) return "one input takes too much memory";
  return output.match(/panicked at [^\n]*\n[^\n]*/)?.[0].replace("\n", " ") ?? "it ended; its output is above";
}

/** Runs a fuzzer, and says every five seconds how far it is. */
function watch(program, args, progress) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, RUST_BACKTRACE: "0" } });
    let output = "";
    const status = () => {
      const last = output.match(/^#(\d+)\t.*?cov: (\d+).*?(?=exec)/gm)?.at(-1);
      return last ? last.replace(/^#(\d+)\s+\S+\s+cov: (\d+).*/s, "$1 inputs, $2 edges") : "starting";
    };
    const timer = setInterval(() => progress(status()), 5_000);
    child.stderr.on("data", (chunk) => (output = (output + chunk).slice(-200_000)));
    child.on("error", (error) => (clearInterval(timer), reject(error)));
    child.on("close", (code) => {
      clearInterval(timer);
      const runs = output.match(/number_of_executed_units: (\d+)/)?.[1];
      progress(code === 0 ? `${runs} inputs, no crash` : `ended with ${code}`);
      resolve({ code: code ?? 1, output });
    });
  });
}

function choose(only) {
  const all = targets();
  const unknown = (only ?? []).filter((name) => !all.includes(name));
  if (unknown.length > 0) throw new Problem(`No target ${unknown.join(", ")}. There are: ${all.join(", ")}.`);
  return only ?? all;
}

/** For `npm test`: resolves with `{ code, output }`. */
export async function fuzzAll({ seconds, only, log }) {
  const bin = await build(log);
  const failed = [];
  for (const target of choose(only)) {
    if (!(await fuzz(bin, target, seconds))) failed.push(target);
  }
  return { code: failed.length === 0 ? 0 : 1, output: failed.map((target) => `fuzzing ${target} failed\n`).join("") };
}

async function replay(file) {
  const target = basename(dirname(file));
  const bin = await build();
  choose([target]);
  const { status } = spawnSync(join(bin, target), [...limits(), file], { cwd: root, stdio: "inherit" });
  return status ?? 1;
}

/** The smallest set of inputs that reaches all that is reached, the short ones first. */
async function keep(only) {
  const bin = await build();
  for (const target of choose(only)) {
    const { found, corpus } = folders(target);
    const fresh = `${corpus}.new`;
    rmSync(fresh, { recursive: true, force: true });
    [fresh, corpus, found].forEach((folder) => mkdirSync(folder, { recursive: true }));
    await must(join(bin, target), ["-set_cover_merge=1", `-max_len=${INPUT_BYTES}`, ...limits(), fresh, corpus, found]);
    const kept = files(fresh).sort((a, b) => statSync(a).size - statSync(b).size);
    let bytes = 0;
    for (const file of kept) {
      bytes += statSync(file).size;
      if (bytes > KEPT_BYTES) rmSync(file);
    }
    rmSync(corpus, { recursive: true });
    renameSync(fresh, corpus);
    say(`${target}: ${files(corpus).length} inputs kept, ${files(corpus).reduce((sum, f) => sum + readFileSync(f).length, 0)} bytes`);
  }
  return 0;
}

if (isMain(import.meta.url)) {
  await main(async () => {
    const { values } = parseArgs({
      options: {
        seconds: { type: "string", default: "20" },
        only: { type: "string" },
        replay: { type: "string" },
        keep: { type: "boolean" },
      },
    });
    const only = values.only?.split(",");
    if (values.replay) process.exit(await replay(values.replay));
    if (values.keep) process.exit(await keep(only));
    process.exit((await fuzzAll({ seconds: Number(values.seconds), only })).code);
  });
}

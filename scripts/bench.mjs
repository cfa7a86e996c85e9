// `npm run bench`: all benchmarks of bench/, or those that are named, as a table; lower is better. `--json` prints one JSON array
// instead, `--quick` takes fewer runs of less, `--write` makes the page of results (docs/benchmarks.md) of all of them.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Problem, isMain, main, root, say } from "./run.mjs";
import { results } from "./steps.mjs";
import { ensureBenchTools } from "./tools.mjs";

const OPTIONS = ["--json", "--quick", "--write"];
const script = (name) => join(root, "bench", name, "bench.mjs");

/** Which benchmarks, and how. */
export function choose(args, all) {
  const names = args.filter((arg) => !arg.startsWith("--"));
  const unknown = names.filter((name) => !all.includes(name));
  const odd = args.filter((arg) => arg.startsWith("--") && !OPTIONS.includes(arg));
  if (unknown.length > 0 || odd.length > 0) {
    const said = [...unknown, ...odd].join(" ");
    throw new Problem(`Not known: ${said}. Name some of these, or none for all: ${all.join(", ")}; with ${OPTIONS.join(", ")} if you like.`);
  }
  const has = (option) => args.includes(option);
  if (has("--write") && names.length > 0) throw new Problem("The page of results is of all benchmarks: leave the names out, or --write.");
  return { names: names.length > 0 ? names : all, json: has("--json"), quick: has("--quick"), write: has("--write") };
}

async function bench(args) {
  const all = readdirSync(join(root, "bench")).filter((name) => existsSync(script(name)));
  const { names, json, quick, write } = choose(args, all);
  // What is built on the way tells of itself on standard output.
  const print = process.stdout.write.bind(process.stdout);
  if (json) process.stdout.write = process.stderr.write.bind(process.stderr);
  await ensureBenchTools();
  const rows = [];
  const failed = [];
  for (const name of names) {
    say(`Benchmark: ${name}`);
    const { run } = await import(pathToFileURL(script(name)).href);
    try {
      rows.push(...(await run({ quick })));
    } catch (error) {
      // The others go on: each is a run of minutes.
      console.error(error);
      failed.push(name);
    }
    // After each, so that a run that is ended early has told what it measured.
    mkdirSync(results, { recursive: true });
    writeFileSync(join(results, "bench.json"), JSON.stringify(rows, null, 1));
  }
  if (write) await report(rows, quick);
  if (json) print(`${JSON.stringify(rows)}\n`);
  else console.table(rows.map(({ value, ...row }) => ({ ...row, value: Number(value.toPrecision(3)) })));
  if (failed.length > 0) throw new Problem(`These failed, with their errors above: ${failed.join(", ")}.`);
}

async function report(rows, quick) {
  const { machine } = await import("../bench/lib/machine.mjs");
  const { writeReport } = await import("../bench/lib/report.mjs");
  writeReport(rows, { machine: machine(), quick, date: new Date().toISOString().slice(0, 10) });
}

if (isMain(import.meta.url)) await main(() => bench(process.argv.slice(2)));

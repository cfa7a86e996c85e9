// `npm run bench`: all benchmarks of bench/, or those that are named, as a table; lower is better. `--json` prints one JSON array
// instead, `--quick` takes fewer runs of less. `--write` makes the page of results (docs/benchmarks.md) of the last results of
// all benchmarks, which are kept: those that are named are run again before.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Problem, isMain, main, root, say, targetDir } from "./run.mjs";
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
  return { names: names.length > 0 ? names : all, json: has("--json"), quick: has("--quick"), write: has("--write") };
}

async function bench(args) {
  const all = readdirSync(join(root, "bench")).filter((name) => existsSync(script(name)));
  const { names, json, quick, write } = choose(args, all);
  // What is built on the way tells of itself on standard output.
  const print = process.stdout.write.bind(process.stdout);
  if (json) process.stdout.write = process.stderr.write.bind(process.stderr);
  await ensureBenchTools();
  const { machine } = await import("../bench/lib/machine.mjs");
  const results = join(targetDir, "bench", "results");
  const kept = (name) => join(results, `${name}.json`);
  mkdirSync(results, { recursive: true });
  const rows = [];
  const failed = [];
  for (const name of names) {
    say(`Benchmark: ${name}`);
    const { run } = await import(pathToFileURL(script(name)).href);
    try {
      const measured = await run({ quick });
      rows.push(...measured);
      writeFileSync(kept(name), JSON.stringify({ date: new Date().toISOString().slice(0, 10), machine: machine(), quick, rows: measured }, null, 1));
    } catch (error) {
      // The others go on: each is a run of minutes.
      console.error(error);
      failed.push(name);
    }
  }
  if (json) print(`${JSON.stringify(rows)}\n`);
  else console.table(rows.map(({ value, ...row }) => ({ ...row, value: Number(value.toPrecision(3)) })));
  if (failed.length > 0) throw new Problem(`These failed, with their errors above: ${failed.join(", ")}.`);
  if (!write) return;
  const missing = all.filter((name) => !existsSync(kept(name)));
  if (missing.length > 0) throw new Problem(`The page of results is of all benchmarks. Run these, too: npm run bench -- ${missing.join(" ")} --write`);
  const { writeReport } = await import("../bench/lib/report.mjs");
  const last = new Map(all.map((name) => [name, JSON.parse(readFileSync(kept(name), "utf8"))]));
  const elsewhere = all.filter((name) => JSON.stringify(last.get(name).machine) !== JSON.stringify(machine()));
  if (elsewhere.length > 0) throw new Problem(`Measured on another machine, or with other versions: run ${elsewhere.join(", ")} again.`);
  writeReport(last);
}

if (isMain(import.meta.url)) {
  await main(() => bench(process.argv.slice(2)));
  // What a browser or a server left open does not keep it, and all is written.
  process.stdout.write("", () => process.exit(0));
}

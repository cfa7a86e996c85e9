// `npm run bench -- NAME`: a benchmark of bench/NAME, as a table; lower is better. `--json` prints one JSON array instead,
// `--quick` takes fewer runs.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Problem, isMain, main, root } from "./run.mjs";
import { ensureBuildTools } from "./tools.mjs";

const script = (name) => join(root, "bench", name, "bench.mjs");

async function bench(args) {
  const names = args.filter((arg) => !arg.startsWith("--"));
  const all = readdirSync(join(root, "bench")).filter((name) => existsSync(script(name)));
  const unknown = names.filter((name) => !all.includes(name));
  const odd = args.filter((arg) => arg.startsWith("--") && !["--json", "--quick"].includes(arg));
  if (unknown.length > 0 || odd.length > 0) {
    throw new Problem(`Say which of these to run: ${all.join(", ")}; with --quick or --json if you like.`);
  }
  const json = args.includes("--json");
  // What is built on the way tells of itself on standard output.
  const write = process.stdout.write.bind(process.stdout);
  if (json) process.stdout.write = process.stderr.write.bind(process.stderr);
  await ensureBuildTools();
  const rows = [];
  for (const name of names) {
    const { run } = await import(pathToFileURL(script(name)).href);
    rows.push(...(await run({ quick: args.includes("--quick") })));
  }
  if (json) write(`${JSON.stringify(rows)}\n`);
  else console.table(rows.map(({ value, ...row }) => ({ ...row, value: Number(value.toPrecision(3)) })));
}

if (isMain(import.meta.url)) await main(() => bench(process.argv.slice(2)));

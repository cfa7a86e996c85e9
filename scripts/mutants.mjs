// `npm run mutants [-- FILE...] [--in-place]`: breaks the code in small ways, one at a time, and reports each that no
// test notices and tests/mutants.md does not explain. Exit status 1 if there is one.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { Problem, isMain, main, root, run, say } from "./run.mjs";
import { ensureMutantsTool, tool } from "./tools.mjs";

const EXPLAINED = "tests/mutants.md";
const SECONDS_PER_MUTANT = 60;
const engine = (name) => `src/engine/${name}.rs`;
const hub = (name) => `server/src/${name}.rs`;

/** What is broken, and the tests that judge. Each mutant builds and links them: those of the browser are not among them. */
const PARTS = [
  {
    package: "wedsync-core",
    files: [...["mod", "outbox", "session", "replica", "tabs", "notes", "speculation"].map(engine), "src/storage.rs"],
    judges: ["lib", "test=pace", "test=session", "test=outbox", "test=replica", "test=store_memory", "test=engine", "test=notes", "test=sample"],
    // Ten thousand edits take as long as all else together, and see nothing that a few do not.
    skip: ["--skip", "seven_days_offline"],
  },
  {
    package: "wedsync-hub",
    files: [
      ...["room/mod", "room/notes", "room/documents", "room/catch_up", "room/merge", "organisation", "outgoing"].map(hub),
      ...["store/sqlite", "store/write", "store/memory"].map(hub),
    ],
    judges: ["lib", "test=store", "test=folding", "test=room", "test=organisation", "test=actor", "test=notes", "test=undo", "test=sample"],
    skip: [],
  },
];

/** Runs a part; resolves with its mutants as `{ file, name, summary }`. */
async function mutate(part, files, inPlace) {
  const out = join(root, "test-results", "mutants", part.package);
  mkdirSync(out, { recursive: true });
  const { code, output } = await run(tool("cargo-mutants"), [
    "mutants", "--package", part.package, ...files.flatMap((file) => ["--file", file]), "--output", out,
    ...(inPlace ? ["--in-place"] : []), "--timeout", `${SECONDS_PER_MUTANT}`,
    // Not as --test-package: the run without a mutant would leave it out.
    "--cargo-arg=--package=wedsync-sim", ...part.judges.map((judge) => `--cargo-arg=--${judge}`),
    "--", "--", ...part.skip,
  ]);
  // 0: all caught; 2: some missed; 3: some ran out of time. Anything else is no result.
  if (![0, 2, 3].includes(code)) throw new Problem(`cargo-mutants failed (exit code ${code}); its output is above.`);
  if (/Found 0 mutants/.test(output)) return [];
  const { outcomes } = JSON.parse(readFileSync(join(out, "mutants.out", "outcomes.json"), "utf8"));
  return outcomes.filter(({ scenario }) => scenario.Mutant).map(({ scenario: { Mutant }, summary }) => ({
    file: Mutant.file,
    // Without line and column, which move.
    name: Mutant.name.replace(/^(.+?):\d+:\d+: /, "$1: "),
    summary,
  }));
}

function report(mutants) {
  const count = (file, summary) => mutants.filter((m) => m.file === file && m.summary === summary).length;
  for (const file of new Set(mutants.map((m) => m.file))) {
    const [caught, missed, unviable, timeout] = ["CaughtMutant", "MissedMutant", "Unviable", "Timeout"].map((s) => count(file, s));
    console.log(`  ${file.padEnd(34)} ${caught} caught, ${missed} missed, ${unviable} unviable, ${timeout} timeout`);
  }
  const explained = readFileSync(join(root, EXPLAINED), "utf8");
  const missed = mutants.filter((m) => m.summary === "MissedMutant" && !explained.includes(`\`${m.name}\``));
  for (const { name } of missed) console.log(`MISSED  ${name}`);
  return missed.length;
}

if (isMain(import.meta.url)) {
  await main(async () => {
    const options = { "in-place": { type: "boolean", default: false } };
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const wanted = positionals.map((file) => relative(root, resolve(file)));
    const all = PARTS.flatMap((part) => part.files);
    const unknown = wanted.find((file) => !all.includes(file) || !existsSync(join(root, file)));
    if (unknown) throw new Problem(`No mutants are made of ${unknown}. There are:\n  ${all.join("\n  ")}`);
    await ensureMutantsTool();
    const mutants = [];
    for (const part of PARTS) {
      const files = part.files.filter((file) => wanted.length === 0 || wanted.includes(file));
      if (files.length > 0) mutants.push(...(await mutate(part, files, values["in-place"])));
    }
    say(`${mutants.length} mutants`);
    const missed = report(mutants);
    if (missed > 0) throw new Problem(`${missed} mutants were not noticed: write a test that fails, or explain them in ${EXPLAINED}.`);
  });
}

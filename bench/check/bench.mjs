// How long it takes to check a season for conflicts, all of it and after one edit, to see what an edit would mean, and to
// say all conflicts in words: natively, and in Chromium by the same code as WebAssembly, built as the package is. `raw` is
// only reading the documents into what a check works with.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { bindgen, optimise } from "../../scripts/build.mjs";
import { Problem, must, targetDir } from "../../scripts/run.mjs";
import { findBrowser } from "../../scripts/tools.mjs";

const CRATE = "wedsync-bench-check";
const SHIFTS = [1000, 10_000, 100_000];
/** Edits that are timed together: one alone is shorter than the page's clock ticks. */
const EDITS = 1000;

export async function run({ quick }) {
  const runs = quick ? 5 : 15;
  const shifts = quick ? SHIFTS.slice(0, 2) : SHIFTS;
  return [...(await native(runs, shifts)), ...(await inBrowser(runs, shifts))];
}

async function native(runs, shifts) {
  await must("cargo", ["build", "--release", "-p", CRATE]);
  const output = await must(join(targetDir, "release", CRATE), [runs, ...shifts].map(String));
  return output.trim().split("\n").map((line) => JSON.parse(line));
}

async function inBrowser(runs, shifts) {
  const { chromium: executablePath } = findBrowser();
  if (!executablePath) throw new Problem("Chromium is needed: sudo apt-get install -y chromium, or set CHROMIUM.");
  const { glue, wasm } = await module();
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  try {
    const page = await browser.newPage();
    // A factory, as in the package: at the top level the glue looks for the address of its script.
    await page.addScriptTag({ content: `globalThis.createGlue = () => {\n${glue}\nreturn wasm_bindgen;\n};` });
    const rows = [];
    for (const count of shifts) {
      const times = await page.evaluate(inPage, { wasm, count, runs, edits: EDITS });
      const row = (system, metric, value, unit) =>
        ({ workload: "check", system, metric: `${metric}, ${count} assignments, WASM in Chromium`, value, unit, runs });
      rows.push(row("wedsync", "full check", times.full, "ms"));
      rows.push(row("wedsync", "one edit", (times.edits * 1000) / EDITS, "us"));
      rows.push(row("wedsync", "preview of one edit", (times.previews * 1000) / EDITS, "us"));
      rows.push(row("wedsync", "all conflicts as sentences", times.explain, "ms"));
      rows.push(row("raw", "full check", times.read, "ms"));
    }
    return rows;
  } finally {
    await browser.close();
  }
}

async function module() {
  const target = "wasm32-unknown-unknown";
  await must("cargo", ["build", "-p", CRATE, "--lib", "--target", target, "--profile", "wasm"]);
  const out = join(targetDir, "wasm-bindgen", CRATE);
  await bindgen(join(targetDir, target, "wasm", `${CRATE.replaceAll("-", "_")}.wasm`), out, "bench");
  await optimise(join(out, "bench_bg.wasm"), join(out, "bench.wasm"));
  const glue = readFileSync(join(out, "bench.js"), "utf8");
  return { glue, wasm: readFileSync(join(out, "bench.wasm")).toString("base64") };
}

/** Runs in the page. Of each the time of the run in the middle, in milliseconds, after one to warm up. */
async function inPage({ wasm, count, runs, edits }) {
  const bytes = Uint8Array.from(atob(wasm), (c) => c.charCodeAt(0));
  const glue = globalThis.createGlue();
  await glue({ module_or_path: bytes });
  const bench = new glue.Bench(count);
  const median = (run) => {
    run();
    const times = Array.from({ length: runs }, () => {
      const start = performance.now();
      run();
      return performance.now() - start;
    });
    return times.sort((a, b) => a - b)[Math.floor(runs / 2)];
  };
  const times = {
    full: median(() => bench.full()),
    edits: median(() => {
      for (let number = 0; number < edits; number++) bench.edit(number);
    }),
    previews: median(() => {
      for (let number = 0; number < edits; number++) bench.preview();
    }),
    explain: median(() => bench.explain()),
    read: median(() => bench.read()),
  };
  bench.free();
  return times;
}

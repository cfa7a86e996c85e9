// `npm test`: everything that must hold before a change goes in. `npm test -- --only e2e,package` runs some steps
// and what they need. The last line is `N passed, N failed`; outputs are kept in test-results/.
import { mkdirSync, rmSync } from "node:fs";
import { parseArgs } from "node:util";
import { countOf } from "./counts.mjs";
import { Problem, main, say } from "./run.mjs";
import { results, steps } from "./steps.mjs";
import { ensureTestTools } from "./tools.mjs";

await main(async () => {
  const { values } = parseArgs({ options: { only: { type: "string" } } });
  await ensureTestTools();
  rmSync(results, { recursive: true, force: true });
  mkdirSync(results, { recursive: true });
  const report = await runAll(choose(steps(), values.only?.split(",")));
  summarise(report);
  process.exit(report.every((step) => step.failed === 0) ? 0 : 1);
});

function choose(all, only) {
  if (!only) return all;
  const unknown = only.filter((name) => !all.some((step) => step.name === name));
  if (unknown.length > 0) {
    throw new Problem(`No step ${unknown.join(", ")}. There are: ${all.map((step) => step.name).join(", ")}.`);
  }
  const wanted = new Set(only);
  for (const step of [...all].reverse()) if (wanted.has(step.name)) step.needs.forEach((name) => wanted.add(name));
  return all.filter((step) => wanted.has(step.name));
}

async function runAll(chosen) {
  const report = [];
  for (const step of chosen) {
    const missing = step.needs.filter((name) => report.some((done) => done.name === name && done.code !== 0));
    if (missing.length > 0) {
      say(`${step.name}: not run, because ${missing.join(", ")} failed`);
      report.push({ name: step.name, code: 1, passed: 0, failed: 1, seconds: 0, note: "not run" });
      continue;
    }
    say(step.name);
    const started = Date.now();
    const outcome = await step.run();
    const seconds = Math.round((Date.now() - started) / 1000);
    report.push({ name: step.name, code: outcome.code, seconds, ...countOf(step.count, outcome) });
  }
  return report;
}

function summarise(report) {
  say("Summary");
  for (const { name, passed, failed, seconds, note } of report) {
    const state = failed === 0 ? "ok    " : "FAILED";
    console.log(`${state} ${name.padEnd(16)} ${String(passed).padStart(5)} passed ${String(failed).padStart(3)} failed ${String(seconds).padStart(5)} s${note ? `  (${note})` : ""}`);
  }
  const broken = report.filter((step) => step.failed > 0);
  if (broken.length > 0) {
    console.log("\nFailed, with their output:");
    for (const { name } of broken) console.log(`  ${name}: test-results/${name}.log`);
  }
  const total = (key) => report.reduce((all, step) => all + step[key], 0);
  console.log(`\n${total("passed")} passed, ${total("failed")} failed`);
}

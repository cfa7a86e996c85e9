// How many tests passed and failed, read from what each runner prints.
import { existsSync, readFileSync } from "node:fs";

const COLOURS = /\x1b\[[0-9;]*m/g;

const sum = (output, pattern) => [...output.replace(COLOURS, "").matchAll(pattern)].reduce((total, match) => total + Number(match[1]), 0);

/** Returns `{ passed, failed }`. A runner that ran nothing, or failed without a failed test, counts as one failure. */
export function countOf(kind, { code, output }) {
  if (kind === "check") return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  const counted = kind === "cargo" ? cargo(output) : kind === "node" ? node(output) : vitest(kind);
  const silent = counted.passed + counted.failed === 0 || (code !== 0 && counted.failed === 0);
  return silent ? { ...counted, failed: counted.failed + 1 } : counted;
}

/** libtest's summary, which wasm-bindgen-test prints too. */
function cargo(output) {
  return {
    passed: sum(output, /^test result: .*?(\d+) passed/gm),
    failed: sum(output, /^test result: .*?(\d+) failed/gm),
  };
}

/** The spec reporter of node:test; a test that was cancelled by its time limit is a failure. */
function node(output) {
  return {
    passed: sum(output, /^ℹ pass (\d+)/gm),
    failed: sum(output, /^ℹ fail (\d+)/gm) + sum(output, /^ℹ cancelled (\d+)/gm),
  };
}

function vitest(report) {
  if (!existsSync(report)) return { passed: 0, failed: 0 };
  const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, "utf8"));
  return { passed: numPassedTests, failed: numFailedTests };
}

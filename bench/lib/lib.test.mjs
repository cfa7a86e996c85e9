// The parts of the harness that need no browser.
import assert from "node:assert/strict";
import { test } from "node:test";
import { judge } from "./goals.mjs";
import { page } from "./report.mjs";
import { commands, festival, season } from "./season.mjs";
import { interleaved, median, percentile, row } from "./stats.mjs";
import { chart, short } from "./svg.mjs";

test("percentiles are of the sorted values", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(percentile([5, 1, 4, 2, 3], 95), 5);
  assert.equal(percentile(Array.from({ length: 100 }, (_, n) => n + 1), 95), 95);
  assert.throws(() => percentile([], 50));
});

test("systems take turns, and the first round does not count", async () => {
  const order = [];
  const results = await interleaved(["a", "b"], 2, async (system, round) => order.push(`${system}${round}`));
  assert.deepEqual(order, ["a0", "b0", "a1", "b1", "a2", "b2"]);
  assert.equal(results.get("a").length, 2);
});

test("a goal is reached, missed, or not measured", () => {
  const metric = "all shifts as objects";
  const rows = [row("open", "wedsync", metric, 30, "ms", 5), row("open", "raw", metric, 20, "ms", 5), row("open", "yjs", metric, 200, "ms", 5)];
  const goals = new Map(judge(rows).map((goal) => [goal.id, goal]));
  assert.equal(goals.get("open-raw").reached, true);
  assert.equal(goals.get("open-raw").value, 1.5);
  assert.equal(goals.get("open-yjs").reached, false);
  assert.equal(goals.get("propagate").reached, null);
  assert.equal(goals.get("growth-edit").reached, null);
});

test("the season is the same each time, and whole", () => {
  const [one, other] = [season(1000), season(1000)];
  assert.deepEqual([...commands(one)], [...commands(other)]);
  assert.equal(one.events.length, 10);
  assert.equal([...one.edits()].length, 10_000);
  assert.ok(festival().events[0].assignments.length > 600);
});

test("the page says which benchmarks were run quickly, and when each was run", () => {
  const machine = { processor: "p", system: "s", browser: "b", node: "n", peers: { yjs: "13" } };
  const of = (workload, date, quick) => [workload, { date, machine, quick, rows: [row(workload, "wedsync", "m", 1, "ms", 5)] }];
  const results = new Map([of("open", "2026-11-29", false), of("edit", "2026-11-30", true)]);
  const text = page(results);
  assert.match(text, /measured on 2026-11-29, 2026-11-30;/);
  assert.match(text, /Provisional[^]*: `edit`\.\*\*/);
});

test("bars are as long as their values, and names are escaped", () => {
  const svg = chart("a < b", "ms", [{ label: "x", value: 10 }, { label: "y", value: 5 }]);
  assert.match(svg, /width="440.0"[^]*width="220.0"/);
  assert.match(svg, /a &lt; b/);
  assert.match(chart("log", "ms", [{ label: "x", value: 1000 }, { label: "y", value: 1 }]), /logarithmic/);
});

test("numbers keep three digits that count", () => {
  assert.equal(short(0.01234), "0.0123");
  assert.equal(short(12.345), "12.3");
  assert.equal(short(12345.6), "12,346");
});

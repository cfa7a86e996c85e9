// The page of results, made from the last results of all benchmarks: docs/benchmarks.md and its charts.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/run.mjs";
import { judge } from "./goals.mjs";
import { chart, short } from "./svg.mjs";

/** Of each workload the metrics that are drawn; of the others there is only the table. */
const DRAWN = [
  ["open", "all shifts as objects"],
  ["open", "memory after"],
  ["edit", "one field, committed strictly, p50"],
  ["burst", /edits until all are saved$/],
  ["drain", /shown by a second device$/],
  ["join", "all shifts are there"],
  ["join", "bytes on the wire"],
  ["propagate", "edit at A to view at B, p50"],
  ["size", "page: JavaScript and WebAssembly"],
];

/** `results`: of each benchmark by its name `{ date, machine, quick, rows }`, all of one machine. */
export function writeReport(results, folder = join(root, "docs")) {
  const charts = join(folder, "benchmarks");
  rmSync(charts, { recursive: true, force: true });
  mkdirSync(charts, { recursive: true });
  for (const { file, svg } of drawings(rowsOf(results))) writeFileSync(join(charts, file), svg);
  writeFileSync(join(folder, "benchmarks.md"), page(results));
}

function drawings(rows) {
  return DRAWN.flatMap(([workload, metric]) => {
    const matches = (text) => (metric instanceof RegExp ? metric.test(text) : text === metric);
    const shown = rows.filter((row) => row.workload === workload && matches(row.metric));
    if (shown.length === 0) return [];
    const title = `${workload}: ${shown[0].metric}`;
    const file = `${title.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/-$/, "")}.svg`;
    const svg = chart(title, shown[0].unit, shown.map(({ system, value }) => ({ label: system, value })));
    return [{ workload, title, file, svg }];
  });
}

const rowsOf = (results) => [...results.values()].flatMap((each) => each.rows);

export function page(results) {
  const rows = rowsOf(results);
  const text = (name) => readFileSync(join(root, "bench", name), "utf8").trim();
  const all = [...results];
  const { processor, system, browser, node, peers } = all[0][1].machine;
  const versions = Object.entries(peers).map(([name, version]) => `${name} ${version}`).join(", ");
  const dates = [...new Set(all.map(([, { date }]) => date))].sort();
  const hurried = all.filter(([, { quick }]) => quick).map(([name]) => `\`${name}\``);
  const quick = hurried.length > 0 ? `\n**Provisional, because run with \`--quick\` (fewer runs, a smaller season): ${hurried.join(", ")}.**\n` : "";
  return `# Benchmarks

Made by \`npm run bench -- --write\`, measured on ${dates.join(", ")}; not edited by hand.
${quick}
- Machine: ${processor}; ${system}
- ${browser}; Node.js ${node}
- ${versions}

## Goals

${goals(rows)}

${text("reading.md")}

${workloads(rows)}
`;
}

function goals(rows) {
  const notes = JSON.parse(readFileSync(join(root, "bench/reasons.json"), "utf8"));
  const judged = judge(rows);
  const state = { true: "reached", false: "**not reached**", null: "not measured" };
  const lines = judged.map(({ text, limit, unit, value, reached }) => {
    const is = value === undefined ? "" : `${short(value)} ${unit}`.trim();
    return `| ${text} | ${`${limit} ${unit}`.trim()} | ${is} | ${state[reached]} |`;
  });
  const missed = judged.filter(({ reached }) => reached === false);
  const why = missed.map(({ id, text }) => `- ${text}. ${notes[id] ?? "The reason is not known yet; the next step is to find it."}`);
  return [
    "| Goal | at most | measured | |", "| --- | --- | --- | --- |", ...lines,
    ...(why.length > 0 ? ["", "### What is not reached, why, and the next step", "", ...why] : []),
  ].join("\n");
}

function workloads(rows) {
  const names = [...new Set(rows.map((row) => row.workload))];
  const pictures = drawings(rows);
  return names.map((name) => {
    const images = pictures.filter((each) => each.workload === name).map(({ title, file }) => `![${title}](benchmarks/${file})`);
    return [`## ${name}`, "", ...images.flatMap((image) => [image, ""]), table(rows.filter((row) => row.workload === name))].join("\n");
  }).join("\n\n");
}

/** A line for each metric, a column for each system. */
function table(rows) {
  const systems = [...new Set(rows.map((row) => row.system))];
  const metrics = [...new Set(rows.map((row) => row.metric))];
  const cell = (metric, system) => {
    const row = rows.find((each) => each.metric === metric && each.system === system);
    return row ? short(row.value) : "";
  };
  const facts = (metric) => rows.find((row) => row.metric === metric);
  return [
    `| | unit | runs | ${systems.join(" | ")} |`,
    `| --- | --- | --- |${" --- |".repeat(systems.length)}`,
    ...metrics.map((metric) => {
      const { unit, runs } = facts(metric);
      return `| ${metric} | ${unit} | ${runs} | ${systems.map((system) => cell(metric, system)).join(" | ")} |`;
    }),
  ].join("\n");
}

// The goals, each worked out from the rows of one run; what is not measured is neither reached nor missed.

/** Finds a row's value by workload, system, and the beginning or a pattern of its metric. */
export function finder(rows) {
  return (workload, system, metric) => {
    const matches = (text) => (metric instanceof RegExp ? metric.test(text) : text === metric);
    return rows.find((row) => row.workload === workload && row.system === system && matches(row.metric))?.value;
  };
}

const ALL = "all shifts as objects";
const STRICT = "one field, committed strictly, p50";
const SEEN = /^edit at A to view at B, p50$/;
/** A p50 may rise by this much from the smallest season to the largest and still be called flat. */
const FLAT = 1.5;

/** A goal that one of our rows says. */
const atMost = (limit, unit, id, text, workload, metric) => ({ id, text, limit, unit, measured: (find) => find(workload, "wedsync", metric) });

/** `measured(find)` gives the value that is compared with `limit`; undefined where something is missing. */
export const GOALS = [
  {
    id: "open-yjs",
    text: "`open`: a tenth of the time of the better Yjs layout, or less",
    limit: 0.1,
    measured: (find) => ratio(find("open", "wedsync", ALL), least(find("open", "yjs", ALL), find("open", "yjs-per-event", ALL))),
  },
  {
    id: "open-raw",
    text: "`open`: at most twice the raw bound",
    limit: 2,
    measured: (find) => ratio(find("open", "wedsync", ALL), find("open", "raw", ALL)),
  },
  {
    id: "open-memory",
    text: "`open`: at most half the memory of the better Yjs layout",
    limit: 0.5,
    measured: (find) =>
      ratio(find("open", "wedsync", "memory after"), least(find("open", "yjs", "memory after"), find("open", "yjs-per-event", "memory after"))),
  },
  {
    id: "edit",
    text: "`edit`: p50 at most 1.3 times the raw strict put",
    limit: 1.3,
    measured: (find) => ratio(find("edit", "wedsync", STRICT), find("edit", "raw", STRICT)),
  },
  {
    id: "burst",
    text: "`burst`: transactions to wait for, of a thousand edits (at most two: what is under way, and the rest)",
    limit: 2,
    measured: (find) => find("burst", "wedsync", /: transactions$/),
  },
  {
    id: "drain",
    text: "`drain`: no slower than Hocuspocus with SQLite on 100 documents, both until it is on the server's disk",
    limit: 1,
    measured: (find) => ratio(find("drain", "wedsync", /on the server's disk$/), find("drain", "hocuspocus", /on the server's disk$/)),
  },
  {
    id: "propagate",
    text: "`propagate`: p50 at most 1.3 times its parts (strict put, commit in SQLite, y-websocket's hop)",
    limit: 1.3,
    measured: (find) =>
      ratio(
        find("propagate", "wedsync", SEEN),
        sum(
          find("propagate", "raw", "one strict put in IndexedDB, p50"),
          find("propagate", "raw", "one commit in SQLite, p50"),
          least(find("propagate", "yjs", SEEN), find("propagate", "yjs-per-event", SEEN)),
        ),
      ),
  },
  atMost(50, "ms", "propagate-p95", "`propagate`: p95 under 50 ms", "propagate", "edit at A to view at B, p95"),
  atMost(15, "ms", "propagate-p50", "`propagate`: p50 under 15 ms", "propagate", "edit at A to view at B, p50"),
  atMost(200, "ms", "presence", "presence: p95 under 200 ms", "presence", "A looks elsewhere to B sees it, p95"),
  atMost(50, "ms", "hub", "`hub`: under 1,000 clients and 100 edits a second an edit reaches everybody with a p99 under 50 ms", "hub", "edit to everybody p99, 1000 clients, 100 edits a second"),
  atMost(5000, "ms", "hub-restart", "`hub`: after a restart 200 devices are up to date again within 5 s", "hub", "hub started to all up to date, 200 devices"),
  atMost(50, "ms", "check-native", "`check`: all of 10,000 assignments in under 50 ms, native", "check", "full check, 10000 assignments, native"),
  atMost(100, "ms", "check-wasm", "`check`: and in under 100 ms in WASM", "check", "full check, 10000 assignments, WASM in Chromium"),
  atMost(1000, "us", "check-edit", "`check`: after one edit in under 1 ms, in WASM", "check", "one edit, 10000 assignments, WASM in Chromium"),
  atMost(250, "kB", "size", "`size`: a page downloads at most 250 kB (brotli), time zones included", "size", "page: JavaScript and WebAssembly"),
  {
    id: "growth-open",
    text: "growth: opening one event takes as long in the largest season as in the smallest (at most 1.5 times)",
    limit: FLAT,
    measured: (find, sizes) => ratio(find("growth", "wedsync", `open one event, ${sizes.at(-1)} shifts`), find("growth", "wedsync", `open one event, ${sizes[0]} shifts`)),
  },
  {
    id: "growth-edit",
    text: "growth: so does one edit",
    limit: FLAT,
    measured: (find, sizes) => ratio(find("growth", "wedsync", `${STRICT.replace(", p50", "")}, ${sizes.at(-1)} shifts, p50`), find("growth", "wedsync", `${STRICT.replace(", p50", "")}, ${sizes[0]} shifts, p50`)),
  },
  {
    id: "growth-check",
    text: "growth: and so does a check after one edit, in WASM",
    limit: FLAT,
    measured: (find, sizes) => ratio(find("check", "wedsync", `one edit, ${sizes.at(-1)} assignments, WASM in Chromium`), find("check", "wedsync", `one edit, ${sizes[0]} assignments, WASM in Chromium`)),
  },
];

/** Each goal with what was measured, and whether it is reached: true, false, or null where it was not measured. */
export function judge(rows, goals = GOALS) {
  const find = finder(rows);
  const sizes = sizesOf(rows);
  return goals.map(({ id, text, limit, unit = "", measured }) => {
    const value = sizes.length > 1 || !id.startsWith("growth") ? measured(find, sizes) : undefined;
    return { id, text, limit, unit, value, reached: value === undefined ? null : value <= limit };
  });
}

/** The sizes of the seasons in rows about growth. */
export function sizesOf(rows) {
  const sizes = rows.filter((row) => row.workload === "growth").map((row) => Number(/, (\d+) shifts/.exec(row.metric)?.[1]));
  return [...new Set(sizes)].sort((a, b) => a - b);
}

function ratio(value, of) {
  return value === undefined || of === undefined ? undefined : value / of;
}

function sum(...values) {
  return values.includes(undefined) ? undefined : values.reduce((all, value) => all + value, 0);
}

function least(...values) {
  const known = values.filter((value) => value !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
}

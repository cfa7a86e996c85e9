import type { RoleCoverage } from "@wedsync/core";
import { expect, test } from "vitest";
import { coverageOn, shiftIn } from "./lib/coverage";
import { shift } from "./lib/sample";

const hour = (start: string, needed: number, there: number) => ({ start, needed, most: needed, there, missing: Math.max(0, needed - there) });
const bar: RoleCoverage = {
  team: "drinks", role: "Bar",
  hours: [hour("2026-07-15T23:00", 2, 2), hour("2026-07-16T00:00", 2, 2), hour("2026-07-16T10:00", 2, 1), hour("2026-07-16T12:00", 2, 2)],
};
const gate: RoleCoverage = { team: "", role: "Gate", hours: [hour("2026-07-16T11:00", 4, 0)] };

test("a day's table has the hours between its first and last shift, and the worst role first", () => {
  const { hours, rows } = coverageOn("2026-07-16", [bar, gate]);
  expect(hours[0]).toBe("00:00");
  expect(hours.at(-1)).toBe("12:00");
  expect(rows.map((r) => [r.label, r.missing])).toEqual([["Gate", 4], ["Bar", 1]]);
  expect(rows[1]?.cells.map((c) => c?.there ?? "-").join("")).toBe("2---------1-2");
});

test("a day without shifts has no hours and no rows", () => {
  expect(coverageOn("2026-07-14", [bar, gate])).toEqual({ hours: [], rows: [] });
});

test("a cell leads to the shift of its role that lacks most then", () => {
  const at = (id: string, start: string, end: string, taken: number) =>
    shift({ id, team: "drinks", role: "Bar", start: `2026-07-16T${start}`, end: `2026-07-16T${end}`, helpers_min: 2, helpers_max: 2, taken });
  const shifts = [at("early", "08:00", "10:00", 0), at("full", "10:00", "12:00", 2), at("short", "10:30", "11:30", 1)];
  const row = { key: "drinks\nBar" };
  expect(shiftIn(shifts, row, "2026-07-16T10:00")?.id).toBe("short");
  expect(shiftIn(shifts, row, "2026-07-16T09:00")?.id).toBe("early");
  expect(shiftIn(shifts, row, "2026-07-16T13:00")).toBeUndefined();
  expect(shiftIn(shifts, { key: "\nBar" }, "2026-07-16T10:00")).toBeUndefined();
});

import type { Assignment } from "@wedsync/core";
import { describe, expect, it } from "vitest";
import { busyHelpers } from "./lib/busy";
import { commandOf, dropWords } from "./lib/moves";
import { shift } from "./lib/sample";
import { NO_PLACE, OPEN_ROW, helperRows, placeRows } from "./lib/rows";

const DAY = "2026-07-17";
const anna = { id: "anna", name: "Anna", skills: [], adult: false, archived: false };
const ben = { id: "ben", name: "Ben", skills: [], adult: false, archived: false };
const place = (id: string) => ({ id, name: id, latitude: null, longitude: null, venue: "", archived: false });
const bar = shift({ assigned: [{ helper: "anna", status: "accepted" }] });
const [open, annasRow] = helperRows([bar], [anna, ben], DAY);
const [openBlock, annasBlock] = [open?.blocks[0], annasRow?.blocks[0]];
if (!openBlock || !annasBlock) throw new Error("the rows of the test are empty");

describe("a drop in the view by helper", () => {
  it("from the open lane onto a helper assigns", () => {
    expect(commandOf({ kind: "helper", block: openBlock, row: "ben", by: 0 })).toEqual({ type: "assign", assignment: "s", helper: "ben" });
  });

  it("from one helper to another is one command, and keeps the time", () => {
    const drop = { kind: "helper", block: annasBlock, row: "ben", by: 30 } as const;
    expect(commandOf(drop)).toEqual({ type: "substitute", assignment: "s", from: "anna", to: "ben" });
    expect(dropWords(drop, (id) => (id === "anna" ? "Anna" : "Ben"))).toBe("Replace Anna by Ben");
  });

  it("onto somebody who declined the shift puts them back on it", () => {
    const both = shift({ assigned: [{ helper: "anna", status: "accepted" }, { helper: "ben", status: "declined" }] });
    const block = helperRows([both], [anna, ben], DAY)[1]?.blocks[0];
    expect(block && commandOf({ kind: "helper", block, row: "ben", by: 0 })).toMatchObject({ type: "substitute", to: "ben" });
  });

  it("onto the open lane takes the helper off", () => {
    expect(commandOf({ kind: "helper", block: annasBlock, row: OPEN_ROW, by: 0 })).toEqual({ type: "unassign", assignment: "s", helper: "anna" });
  });

  it("onto somebody who is on it already does nothing", () => {
    const both = shift({ assigned: [{ helper: "anna", status: "accepted" }, { helper: "ben", status: "assigned" }] });
    const block = helperRows([both], [anna, ben], DAY)[1]?.blocks[0];
    const drop = block && ({ kind: "helper", block, row: "ben", by: 0 } as const);
    expect(drop && commandOf(drop)).toBeNull();
    expect(drop && dropWords(drop, () => "Ben")).toBe("Ben is on this shift already");
  });

  it("in its own row moves the time, over midnight too", () => {
    expect(commandOf({ kind: "helper", block: annasBlock, row: "anna", by: 45 })).toEqual({
      type: "move_assignment", assignment: "s", set: { start: "2026-07-17T23:45", end: "2026-07-18T01:45" },
    });
    expect(commandOf({ kind: "helper", block: annasBlock, row: "anna", by: 0 })).toBeNull();
  });
});

describe("a drop in the view by place", () => {
  const block = placeRows([shift({ place: "yard" })], [place("barn"), place("yard")], DAY)[0]?.blocks[0];
  if (!block) throw new Error("no block in the yard");

  it("has the places of the day's shifts first, and all others to move to", () => {
    const rows = placeRows([shift({ place: "yard" })], [place("barn"), place("yard"), { ...place("shed"), archived: true }], DAY);
    expect(rows.map((r) => r.id)).toEqual(["yard", "barn"]);
  });

  it("onto another place moves both time and place in one command", () => {
    expect(commandOf({ kind: "place", block, row: "barn", by: -60 })).toEqual({
      type: "move_assignment", assignment: "s", set: { start: "2026-07-17T22:00", end: "2026-07-18T00:00", place: "barn" },
    });
  });

  it("onto the row without a place empties the place", () => {
    expect(commandOf({ kind: "place", block, row: NO_PLACE, by: 0 })).toMatchObject({ set: { place: null } });
  });

  it("is spoken with time and place", () => {
    expect(dropWords({ kind: "place", block, row: "barn", by: -60 }, () => "Barn")).toBe("22:00 to 00:00, Barn");
  });
});

describe("rows", () => {
  it("show what is short in the open lane, and what is staffed or cancelled not", () => {
    const rows = helperRows([bar, shift({ id: "t", helpers_min: 0 }), shift({ id: "u", status: "cancelled" })], [anna, ben], DAY);
    expect(rows[0]?.blocks.map((b) => b.shift.id)).toEqual(["s"]);
    expect(rows.map((r) => r.label)).toEqual(["Open places", "Anna", "Ben"]);
  });

  it("keep an archived helper only while they have a shift", () => {
    const gone = { ...anna, archived: true };
    expect(helperRows([bar], [gone, ben], DAY).map((r) => r.id)).toContain("anna");
    expect(helperRows([], [gone, ben], DAY).map((r) => r.id)).not.toContain("anna");
  });
});

describe("who is busy", () => {
  const noon = shift({ id: "noon", start: "2026-07-17T12:00", end: "2026-07-17T13:00" });
  const on = (more: Partial<Assignment>) => shift({ id: "x", assigned: [{ helper: "anna", status: "assigned" }], ...more });

  it("is who is on an overlapping shift, with preparation and tear-down", () => {
    expect([...busyHelpers(noon, [on({ start: "2026-07-17T12:30", end: "2026-07-17T14:00" })]).keys()]).toEqual(["anna"]);
    const after = { start: "2026-07-17T13:00", end: "2026-07-17T14:00" };
    expect(busyHelpers(noon, [on(after)]).size).toBe(0);
    expect(busyHelpers(noon, [on({ ...after, preparation: 15 })]).size).toBe(1);
  });

  it("is not who declined, nor who is on a cancelled shift", () => {
    const at = { start: "2026-07-17T12:30", end: "2026-07-17T14:00" };
    expect(busyHelpers(noon, [on({ ...at, status: "cancelled" })]).size).toBe(0);
    expect(busyHelpers(noon, [on({ ...at, assigned: [{ helper: "anna", status: "declined" }] })]).size).toBe(0);
  });
});

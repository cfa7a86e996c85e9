import type { Assignment, Person } from "@wedsync/core";
import { describe, expect, it } from "vitest";
import { undoOf } from "./lib/undo";

const shift = { id: "s", start: "2026-07-18T14:00", end: "2026-07-18T18:00", place: null, preparation: 30 } as Assignment;
const person = { hours: [{ day: "sa", from: "09:00", to: "17:00", off: false }, { day: "su", from: "", to: "", off: true }] } as unknown as Person;
const before = { shift: (event: string, id: string) => (event === "e" && id === "s" ? shift : undefined), person: () => person };

describe("undoOf", () => {
  it("exchanges who came and who went", () => {
    const at = { event: "e", assignment: "s" };
    expect(undoOf({ type: "assign", ...at, helper: "ben" }, before)).toEqual({ type: "unassign", ...at, helper: "ben" });
    expect(undoOf({ type: "unassign", ...at, helper: "ben" }, before)).toEqual({ type: "assign", ...at, helper: "ben" });
    expect(undoOf({ type: "substitute", ...at, from: "anna", to: "ben" }, before)).toEqual({ type: "substitute", ...at, from: "ben", to: "anna" });
    const post = { assignment: "s", helper: "ben" };
    expect(undoOf({ type: "staff", event: "e", assign: [post] }, before)).toEqual({ type: "staff", event: "e", assign: [], unassign: [post] });
  });

  it("puts a shift's fields back to what they were, also to nothing", () => {
    const set = { start: "2026-07-18T15:00", end: "2026-07-18T19:00", place: "barn" };
    expect(undoOf({ type: "move_assignment", event: "e", assignment: "s", set }, before)).toEqual({
      type: "move_assignment", event: "e", assignment: "s",
      set: { start: "2026-07-18T14:00", end: "2026-07-18T18:00", place: null },
    });
    expect(undoOf({ type: "move_assignment", event: "e", assignment: "gone", set }, before)).toBeNull();
  });

  it("gives a day the hours it had, a day off, or none", () => {
    const hours = { from: "08:00", to: "20:00" };
    const undo = (day: string) => undoOf({ type: "set_working_hours", helper: "ben", day, hours }, before);
    expect(undo("sa")).toEqual({ type: "set_working_hours", helper: "ben", day: "sa", hours: { from: "09:00", to: "17:00" } });
    expect(undo("su")).toEqual({ type: "set_day_off", helper: "ben", day: "su" });
    expect(undo("2026-07-18")).toEqual({ type: "set_working_hours", helper: "ben", day: "2026-07-18", hours: null });
  });

  it("says where there is no way back", () => {
    expect(undoOf({ type: "delete_event", event: "e" }, before)).toBeNull();
  });
});

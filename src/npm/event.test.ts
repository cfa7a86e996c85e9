import { describe, expect, it, vi } from "vitest";
import type { Core } from "./core.js";
import { CoreEvent } from "./event.js";
import { OwnPresence } from "./presence.js";
import { Age } from "./store.js";
import type { Assignment, Conflict } from "./types.js";

const row = (id: string, title: string) => ({ id, title }) as Assignment;

function setUp(first: { upsert: Assignment[]; order: string[] }, more: object = {}) {
  let changes = first;
  const assignments = vi.fn(() => {
    const now = changes;
    changes = { upsert: [], order: now.order };
    return now;
  });
  const core = { assignments, ...more } as unknown as Core;
  const done = vi.fn();
  const event = new CoreEvent("e1", { read: (read) => read(core), need: (call) => call(core), do: done, age: new Age(), planAge: new Age(), shown: new OwnPresence(() => {}), watch: () => () => {}, register: () => () => {} });
  const change = (next: { upsert: Assignment[]; order: string[] }) => {
    changes = next;
    event.assignments.invalidate();
  };
  return { event, change, assignments, done };
}

describe("CoreEvent", () => {
  it("gives unchanged rows and lists in their old identity", () => {
    const { event, change, assignments } = setUp({ upsert: [row("a", "Bar"), row("b", "Door")], order: ["b", "a"] });
    expect(assignments).not.toHaveBeenCalled();
    const before = event.assignments.get();
    expect(before.map((r) => r.id)).toEqual(["b", "a"]);

    change({ upsert: [], order: ["b", "a"] });
    expect(event.assignments.get()).toBe(before);

    change({ upsert: [row("a", "Long bar")], order: ["a", "b"] });
    const after = event.assignments.get();
    expect(after.map((r) => r.title)).toEqual(["Long bar", "Door"]);
    expect(after[1]).toBe(before[0]);
  });

  it("drops rows that are gone, and keeps the identity of rows that a fresh core sends again", () => {
    const { event, change } = setUp({ upsert: [row("a", "Bar"), row("b", "Door")], order: ["a", "b"] });
    const before = event.assignments.get();
    change({ upsert: [], order: ["b"] });
    const less = event.assignments.get();
    expect(less).toEqual([row("b", "Door")]);
    change({ upsert: [row("b", "Door")], order: ["b"] });
    expect(event.assignments.get()).toBe(less);
    expect(less[0]).toBe(before[1]);
  });

  it("asks for coverage only when it is looked at, and keeps it where nothing changed", () => {
    let hours = [{ start: "2026-07-18T14:00", needed: 2, most: 2, there: 1, missing: 1 }];
    const coverage = vi.fn((_event: string) => [{ team: "", role: "Bar", hours: [...hours] }]);
    const { event } = setUp({ upsert: [], order: [] }, { coverage });
    expect(coverage).not.toHaveBeenCalled();
    const before = event.coverage.get();
    expect(coverage).toHaveBeenCalledWith("e1");
    event.coverage.invalidate();
    expect(event.coverage.get()).toBe(before);
    hours = [];
    event.coverage.invalidate();
    expect(event.coverage.get()).toEqual([{ team: "", role: "Bar", hours: [] }]);
  });

  it("adds the event to its commands", () => {
    const { event, done } = setUp({ upsert: [], order: [] });
    void event.do({ type: "claim", assignment: "a" });
    expect(done).toHaveBeenCalledWith({ type: "claim", assignment: "a", event: "e1" });
  });

  it("gives conflicts in their identity, and asks for those of this event alone", () => {
    const conflict = (id: string, score: number) => ({ id, score }) as Conflict;
    const conflicts = vi.fn((_event?: string) => ({ upsert: [conflict("x", 60), conflict("y", 30)], order: ["x", "y"] }));
    const { event } = setUp({ upsert: [], order: [] }, { conflicts });
    const before = event.conflicts.get();
    expect(before.map((c) => c.id)).toEqual(["x", "y"]);
    expect(conflicts).toHaveBeenCalledWith("e1");

    conflicts.mockReturnValue({ upsert: [conflict("y", 90)], order: ["y", "x"] });
    event.conflicts.invalidate();
    expect(event.conflicts.get()).toEqual([conflict("y", 90), conflict("x", 60)]);
    expect(event.conflicts.get()[1]).toBe(before[0]);
  });

  it("previews an edit with the event in it, and changes nothing", () => {
    const outlook = { appear: [], vanish: [], stay: [] };
    const preview_conflicts = vi.fn(() => outlook);
    const { event, done } = setUp({ upsert: [], order: [] }, { preview_conflicts });
    expect(event.previewConflicts({ type: "assign", assignment: "a", helper: "h" })).toBe(outlook);
    const sent = { type: "assign", assignment: "a", helper: "h", event: "e1" };
    expect(preview_conflicts).toHaveBeenCalledWith(JSON.stringify(sent));
    expect(done).not.toHaveBeenCalled();
  });

  it("asks for as many candidates as anybody looks through", () => {
    const candidates = vi.fn(() => [{ helper: "ben" }]);
    const { event } = setUp({ upsert: [], order: [] }, { candidates });
    expect(event.candidates("a").map((one) => one.helper)).toEqual(["ben"]);
    expect(candidates).toHaveBeenCalledWith("e1", "a", 20);
  });
});

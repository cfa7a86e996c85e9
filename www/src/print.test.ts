import { describe, expect, it } from "vitest";
import { freeWords, onIt, printGroups } from "./lib/print";
import { shift } from "./lib/sample";

const names = { helper: (id: string) => id.toUpperCase(), place: (id: string | null) => (id ? `At ${id}` : "") };
const asked = (helper: string) => ({ helper, status: "assigned" as const });
const over = shift({ id: "over", assigned: [asked("zoe")], place: "tent" });
const noon = shift({ id: "noon", start: "2026-07-17T12:00", end: "2026-07-17T14:00", assigned: [asked("anna"), { helper: "zoe", status: "declined" }] });
const next = shift({ id: "next", start: "2026-07-19T12:00", end: "2026-07-19T14:00", assigned: [asked("anna")], place: "barn" });
const shape = (by: Parameters<typeof printGroups>[0]) =>
  printGroups(by, [noon, over, next], names).map((group) => [group.id, ...group.days.map(({ day, shifts }) => [day, ...shifts.map((s) => s.id)].join(" "))]);

describe("the pages of a printed plan", () => {
  it("are days: a shift over midnight stands on both, and a day without shifts is none", () => {
    expect(shape("day")).toEqual([
      ["2026-07-17", "2026-07-17 noon over"], ["2026-07-18", "2026-07-18 over"], ["2026-07-19", "2026-07-19 next"],
    ]);
  });

  it("are helpers by name, with their days; who declined has none of it", () => {
    expect(shape("helper")).toEqual([["anna", "2026-07-17 noon", "2026-07-19 next"], ["zoe", "2026-07-17 over"]]);
    expect(onIt(noon).map((x) => x.helper)).toEqual(["anna"]);
  });

  it("are places by name, and one for what has no place", () => {
    expect(shape("place")).toEqual([["barn", "2026-07-19 next"], ["tent", "2026-07-17 over"], ["none", "2026-07-17 noon"]]);
  });

  it("say what is free", () => {
    expect(freeWords(shift({ helpers_min: 2, helpers_max: 3 }))).toBe("2 more needed");
    expect(freeWords(shift({ helpers_min: 1, helpers_max: 2, assigned: [asked("anna")] }))).toBe("1 place free");
    expect(freeWords(shift({ helpers_min: 0, helpers_max: 2 }))).toBe("2 places free");
    expect(freeWords(shift({ helpers_min: 1, helpers_max: 1, assigned: [asked("anna")] }))).toBe("");
    expect(freeWords(shift({ status: "cancelled" }))).toBe("");
  });
});

import type { Conflict, ConflictKind, Severity } from "@wedsync/core";
import { describe, expect, it } from "vitest";
import { after, counts, flagWords, flags, isOpenPlace, outlookWords, sameFlag, scoreWords, worstFlag } from "./lib/conflicts";

function conflict(id: string, kind: ConflictKind, severity: Severity, shifts: string[], helper: string | null = "anna"): Conflict {
  const refs = shifts.map((assignment) => ({ event: "e", assignment }));
  return { id, kind, severity, score: 60, confidence: "confirmed", helper, shifts: refs, facts: [], text: `Text of ${id}.` };
}

const overlap = conflict("o", "overlap", "hard", ["bar", "door"]);
const hours = conflict("h", "outside_hours", "medium", ["bar"]);
const share = conflict("s", "fairness", "soft", ["bar"]);
const short = conflict("u", "understaffed", "medium", ["bar"], null);
const critical = conflict("c", "understaffed", "hard", ["door"], null);

describe("flags", () => {
  it("give each shift and block the worst severity with its kinds in front", () => {
    const { shifts, blocks } = flags([hours, overlap], "e");
    expect(shifts.get("bar")).toEqual({ severity: "hard", kinds: ["overlap", "outside_hours"], ids: ["h", "o"] });
    expect(shifts.get("door")).toEqual({ severity: "hard", kinds: ["overlap"], ids: ["o"] });
    expect(blocks.get("bar.anna")?.ids).toEqual(["h", "o"]);
    expect(flagWords(shifts.get("bar")!)).toBe("Double booking, Outside working hours");
  });

  it("leave out small matters, open places and other events", () => {
    expect(flags([share, short], "e").shifts.size).toBe(0);
    expect(flags([overlap], "other").shifts.size).toBe(0);
    // A shift that must not be short is flagged, in the open lane of the view by helper.
    expect(flags([critical], "e").blocks.get("door.open")?.kinds).toEqual(["understaffed"]);
    expect([isOpenPlace(short), isOpenPlace(critical)]).toEqual([true, false]);
  });

  it("compare by what they stand for", () => {
    const flag = flags([overlap], "e").shifts.get("bar");
    expect(sameFlag(flag, { severity: "hard", kinds: ["overlap"], ids: ["o"] })).toBe(true);
    expect(sameFlag(flag, undefined)).toBe(false);
    expect(worstFlag([undefined, flags([hours], "e").shifts.get("bar"), flag])).toBe(flag);
    expect(worstFlag([undefined])).toBeUndefined();
  });
});

describe("an outlook", () => {
  const outlook = { appear: [overlap, short], vanish: [hours], stay: [{ ...share, severity: "medium" as const }] };

  it("turns the conflicts into those after the edit", () => {
    // The overlap was there before, as a smaller matter.
    expect(after([{ ...overlap, severity: "medium" }, hours, share, critical], outlook).map((c) => [c.id, c.severity])).toEqual([["o", "hard"], ["u", "medium"], ["s", "medium"], ["c", "hard"]]);
  });

  it("is told without open places, and in short where there is much", () => {
    expect(outlookWords(outlook)).toEqual({ makes: ["Text of o."], ends: ["Text of h."] });
    expect(outlookWords({ appear: [overlap, hours, share], vanish: [], stay: [] }).makes).toEqual(["Text of o.", "Text of h.", "and 1 more"]);
  });
});

it("counts by severity", () => {
  expect(counts([overlap, critical, hours])).toEqual({ hard: 2, medium: 1, soft: 0, info: 0 });
});

it("says of a score what changes", () => {
  expect(scoreWords({ hard: 120, medium: 30, soft: 5 }, { hard: 0, medium: 45, soft: 5 })).toBe("impossible 2 h → none · problems 30 min → 45 min");
  expect(scoreWords({ hard: 1, medium: 0, soft: 0 }, { hard: 1, medium: 0, soft: 0 })).toBe("");
});

import type { Peer } from "@wedsync/core";
import { describe, expect, it } from "vitest";
import { editors, initials, listed, lookers } from "./lib/presence";

const peer = (name: string, self: boolean, ...at: [string | null, string | null][]): Peer => ({
  user: name,
  name,
  role: "helper",
  helper: null,
  self,
  at_ms: 0,
  states: at.map(([assignment, field]) => ({ event: "e1", assignment, field, cursor: null })),
});

describe("who is here, in words", () => {
  it("has initials that fit a circle", () => {
    expect(["Anna Berg", "anna", "Ana Maria de la Cruz", "Ö", "", "李 小龙"].map(initials)).toEqual(["AB", "An", "AC", "Ö", "?", "李小"]);
  });

  it("names two, and counts the rest", () => {
    expect([["Anna"], ["Anna", "Ben"], ["Anna", "Ben", "Cleo", "Dan"]].map(listed)).toEqual(["Anna", "Anna and Ben", "Anna, Ben and 2 more"]);
  });

  it("says who looks at a shift and who edits a field, never oneself", () => {
    const peers = [peer("Me", true, ["a", "title"]), peer("Anna", false, ["a", "title"], ["a", null]), peer("Ben", false, ["b", null], [null, null])];
    expect([...lookers(peers)]).toEqual([["a", "Anna"], ["b", "Ben"]]);
    expect(editors(peers, "a", "title")).toEqual(["Anna"]);
    expect(editors(peers, "a", "place")).toEqual([]);
    expect(editors(peers, "b", "title")).toEqual([]);
    const inNote = peer("Cleo", false, ["a", "note"]);
    inNote.states[0]!.cursor = { client: 1, clock: 1, state: "{}" };
    expect(editors([inNote], "a", "note")).toEqual([]);
  });
});

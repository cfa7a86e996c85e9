import type { HistoryEntry, HistoryLine, HistoryPage } from "@wedsync/core";
import { describe, expect, it } from "vitest";
import { byDay, initials, isOneThing, isTold, joined } from "./lib/history";

const entry = (uuid: string, at: string) => ({ uuid, at: Date.parse(at) }) as HistoryEntry;
const line = (about: string) => ({ about }) as HistoryLine;

describe("the history on the screen", () => {
  it("is sorted into the days of this place", () => {
    const entries = [entry("c", "2026-07-16T00:30:00Z"), entry("b", "2026-07-15T22:30:00Z"), entry("a", "2026-07-15T10:00:00Z")];
    const days = (zone: string) => byDay(entries, zone).map(([day, of]) => [day, of.map((e) => e.uuid).join("")]);
    expect(days("UTC")).toEqual([["2026-07-16", "c"], ["2026-07-15", "ba"]]);
    expect(days("Europe/Paris")).toEqual([["2026-07-16", "cb"], ["2026-07-15", "a"]]);
    expect(days("America/New_York")).toEqual([["2026-07-15", "cba"]]);
  });

  it("has initials of any name", () => {
    expect(["Amira Haddad", "olga", "Ana María de la Cruz", "Øyvind Ås", "李 雷", "  ", "7 (bar)"].map(initials)).toEqual(["AH", "O", "AC", "ØÅ", "李雷", "?", "?"]);
  });

  it("names what a line is of only where there are several things", () => {
    expect([[], [line("Bar")], [line("Bar"), line("Bar")], [line("Bar"), line("Gate")]].map(isOneThing)).toEqual([true, true, true, false]);
  });

  it("has no line for what the title says already", () => {
    const told = (title: string, ...lines: Partial<HistoryLine>[]) => isTold({ title, lines, more: 0 } as HistoryEntry);
    const title = "Olga changed team of Bar from nothing to Drinks";
    const drinks = { before: null, after: "Drinks", restore: { type: "claim", event: "e", assignment: "a" } } as const;
    expect(told(title, drinks)).toBe(true);
    expect(told(title, drinks, drinks)).toBe(false);
    expect(told(title, { ...drinks, after: "Food" })).toBe(false);
    expect(told("Olga put Ben on Bar", { ...drinks, before: "not on it" })).toBe(false);
    expect(told("Olga created Bar", { before: null, after: "Bar, 14:00", restore: null })).toBe(true);
    expect(isTold({ title: "Olga imported 2 shifts", lines: [{ ...drinks, restore: null }], more: 1 } as unknown as HistoryEntry)).toBe(false);
  });

  it("puts the latest on top of what was read further down, and leaves no gap", () => {
    const page = (uuids: string, next: string | null, waiting = ""): HistoryPage => {
      const entries = [...uuids].map((uuid) => ({ uuid, state: waiting.includes(uuid) ? "saved" : "stored" }) as HistoryEntry);
      return { entries, next, asOf: 1, source: "hub" };
    };
    const told = (latest: HistoryPage, seen: HistoryPage | null) => {
      const { entries, next } = joined(latest, seen);
      return [entries.map((e) => e.uuid).join(""), next];
    };
    expect(told(page("dc", "2"), null)).toEqual(["dc", "2"]);
    expect(told(page("dc", "2"), page("cba", "0"))).toEqual(["dcba", "0"]);
    expect(told(page("dcba", null), page("cba", null))).toEqual(["dcba", null]);
    // Nothing in common: what lies between is not known.
    expect(told(page("zy", "9"), page("cba", "0"))).toEqual(["zy", "9"]);
    // What waited then and is stored now says nothing of what lies below it.
    expect(told(page("zyd", "9"), page("dcba", "0", "d"))).toEqual(["zyd", "9"]);
  });
});

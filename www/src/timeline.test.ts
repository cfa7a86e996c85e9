import { describe, expect, it } from "vitest";
import { hoursOf, lanes, partOn, shiftBy, snap, touches } from "./lib/timeline";

describe("the part of a shift on a day", () => {
  it("is all of it within one day", () => {
    expect(partOn("2026-07-17", "2026-07-17T10:00", "2026-07-17T12:30")).toEqual({ from: 600, to: 750, before: false, after: false });
  });

  it("splits at midnight: the evening on one day, the night on the next", () => {
    expect(partOn("2026-07-17", "2026-07-17T22:00", "2026-07-18T02:00")).toEqual({ from: 1320, to: 1440, before: false, after: true });
    expect(partOn("2026-07-18", "2026-07-17T22:00", "2026-07-18T02:00")).toEqual({ from: 0, to: 120, before: true, after: false });
  });

  it("does not touch the next day when it ends at midnight", () => {
    expect(touches("2026-07-17", "2026-07-17T20:00", "2026-07-18T00:00")).toBe(true);
    expect(touches("2026-07-18", "2026-07-17T20:00", "2026-07-18T00:00")).toBe(false);
  });

  it("fills the day in the middle of a long shift, over the end of a month too", () => {
    expect(partOn("2026-08-01", "2026-07-31T12:00", "2026-08-02T12:00")).toEqual({ from: 0, to: 1440, before: true, after: true });
  });
});

describe("lanes", () => {
  const part = (from: number, to: number) => ({ from, to });

  it("stack what overlaps and reuse a lane that is free again", () => {
    const { placed, count } = lanes([part(0, 60), part(30, 90), part(60, 120), part(90, 100)]);
    expect(placed.map((p) => p.lane)).toEqual([0, 1, 0, 1]);
    expect(count).toBe(2);
  });

  it("never put two overlapping parts into one lane", () => {
    let seed = 11;
    const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
    const parts = Array.from({ length: 300 }, () => {
      const from = Math.floor(random() * 1300);
      return part(from, from + 5 + Math.floor(random() * 240));
    });
    const { placed, count } = lanes(parts);
    for (const a of placed) {
      const clash = placed.some((b) => b !== a && b.lane === a.lane && b.from < a.to && a.from < b.to);
      expect(clash).toBe(false);
    }
    const busiest = Math.max(...parts.map((p) => parts.filter((q) => q.from <= p.from && p.from < q.to).length));
    expect(count).toBe(busiest);
  });

  it("are one, even with nothing in it", () => {
    expect(lanes([])).toEqual({ placed: [], count: 1 });
  });
});

describe("snapping", () => {
  it("goes to the nearest quarter of an hour", () => {
    expect([7, 8, -7, -8, 52, 53].map(snap)).toEqual([0, 15, 0, -15, 45, 60]);
  });

  it("lands the start on a quarter, also from an odd minute", () => {
    expect(shiftBy(610, 20)).toBe(20);
    expect(610 + shiftBy(610, 33)).toBe(645);
  });

  it("does nothing for a twitch", () => {
    expect(shiftBy(600, 4)).toBe(0);
  });

  it("keeps the start on the day", () => {
    expect(shiftBy(30, -600)).toBe(-30);
    expect(1410 + shiftBy(1410, 300)).toBe(1425);
  });

  it("leaves a shift of the night before where it began", () => {
    expect(shiftBy(-120, -60)).toBe(0);
    expect(-120 + shiftBy(-120, 60)).toBe(-60);
  });
});

describe("the hours drawn", () => {
  it("surround the shifts", () => {
    expect(hoursOf([{ from: 545, to: 600 }, { from: 700, to: 905 }])).toEqual({ first: 8, last: 17 });
  });
  it("stay within the day", () => {
    expect(hoursOf([{ from: 10, to: 1440 }])).toEqual({ first: 0, last: 24 });
  });
});

/** Where blocks stand on a day's timeline: the part of a shift on this day, and lanes for those that overlap. */
import { dateOf, minutes } from "./time";

export const SNAP = 15;
const DAY = 1440;

export interface Part {
  /** Minutes from this day's midnight, within 0 and 1440. */
  from: number;
  to: number;
  /** The shift began on an earlier day, or goes on into the next. */
  before: boolean;
  after: boolean;
}

/** The part of a shift that lies on `day`, if any. */
export function partOn(day: string, start: string, end: string): Part | null {
  const midnight = minutes(day);
  const from = minutes(start) - midnight;
  const to = minutes(end) - midnight;
  if (from >= DAY || to <= 0) return null;
  return { from: Math.max(0, from), to: Math.min(DAY, to), before: from < 0, after: to > DAY };
}

/** Every day that a shift touches: one that ends at midnight does not touch the next. */
export function touches(day: string, start: string, end: string): boolean {
  return dateOf(start) <= day && partOn(day, start, end) !== null;
}

export type Placed<T> = T & { lane: number };

/** First-fit lanes for parts sorted by their start: overlapping ones stack, others share a lane. */
export function lanes<T extends { from: number; to: number }>(parts: readonly T[]): { placed: Placed<T>[]; count: number } {
  const ends: number[] = [];
  const sorted = [...parts].sort((a, b) => a.from - b.from || b.to - a.to);
  const placed = sorted.map((part) => {
    let lane = ends.findIndex((end) => end <= part.from);
    if (lane < 0) lane = ends.length;
    ends[lane] = part.to;
    return { ...part, lane };
  });
  return { placed, count: Math.max(1, ends.length) };
}

/** The nearest quarter of an hour. */
export function snap(value: number): number {
  // `|| 0` turns -0 into 0, which tests and texts would show.
  return Math.round(value / SNAP) * SNAP || 0;
}

/** How far a drag moves a shift, in minutes: its start lands on a quarter of an hour and stays on the day shown. */
export function shiftBy(startMinute: number, dragged: number): number {
  if (Math.abs(dragged) < SNAP / 2) return 0;
  const landed = Math.min(DAY - SNAP, Math.max(Math.min(0, startMinute), snap(startMinute + dragged)));
  return landed - startMinute;
}

/** The hours to draw: whole hours round all parts, with one to spare on each side. */
export function hoursOf(parts: readonly { from: number; to: number }[]): { first: number; last: number } {
  if (parts.length === 0) return { first: 8, last: 20 };
  const first = Math.floor(Math.min(...parts.map((p) => p.from)) / 60);
  const last = Math.ceil(Math.max(...parts.map((p) => p.to)) / 60);
  return { first: Math.max(0, first - 1), last: Math.min(24, last + 1) };
}

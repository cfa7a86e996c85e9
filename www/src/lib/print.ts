/** What goes on which page of a printed plan: a day, a helper or a place each begins a new one. */
import type { Assignment } from "@wedsync/core";
import type { NameLookup } from "./filter";
import { dateOf, longDay } from "./time";
import { touches } from "./timeline";

export type PrintBy = "day" | "helper" | "place";

/** The group of shifts without a place. */
const NO_PLACE = "none";

export interface PrintGroup {
  /** A date, or the id of a helper or place. */
  id: string;
  title: string;
  days: { day: string; shifts: Assignment[] }[];
}

/** The groups that have shifts: days in order, helpers and places by name. */
export function printGroups(by: PrintBy, shifts: readonly Assignment[], names: NameLookup): PrintGroup[] {
  if (by === "day") return dayGroups(shifts);
  const found = new Map<string, Assignment[]>();
  for (const shift of shifts) {
    for (const id of by === "place" ? [shift.place ?? NO_PLACE] : onIt(shift).map((x) => x.helper)) {
      const list = found.get(id);
      if (list) list.push(shift);
      else found.set(id, [shift]);
    }
  }
  const title = (id: string) => (by === "helper" ? names.helper(id) : id === NO_PLACE ? "No place" : names.place(id));
  return [...found]
    .map(([id, own]) => ({ id, title: title(id), days: byStart(own) }))
    .sort((a, b) => a.title.localeCompare(b.title));
}

/** Who is on a shift, those who declined aside. */
export function onIt(shift: Assignment): Assignment["assigned"] {
  return shift.assigned.filter((x) => x.status !== "declined");
}

/** `2 more needed`, `1 place free`; nothing where it is full. */
export function freeWords({ status, taken, helpers_min, helpers_max }: Assignment): string {
  if (status === "cancelled" || taken >= helpers_max) return "";
  if (taken < helpers_min) return `${helpers_min - taken} more needed`;
  const free = helpers_max - taken;
  return `${free} ${free === 1 ? "place" : "places"} free`;
}

/** A shift over midnight stands on both its days: whoever has the second page must see it. */
function dayGroups(shifts: readonly Assignment[]): PrintGroup[] {
  const days = [...new Set(shifts.flatMap((s) => [dateOf(s.start), dateOf(s.end)]))].sort();
  return days.flatMap((day) => {
    const own = shifts.filter((s) => touches(day, s.start, s.end));
    return own.length > 0 ? [{ id: day, title: longDay(day), days: [{ day, shifts: own }] }] : [];
  });
}

function byStart(shifts: Assignment[]): PrintGroup["days"] {
  const days = new Map<string, Assignment[]>();
  for (const shift of shifts) {
    const day = dateOf(shift.start);
    const list = days.get(day);
    if (list) list.push(shift);
    else days.set(day, [shift]);
  }
  return [...days].map(([day, own]) => ({ day, shifts: own })).sort((a, b) => (a.day < b.day ? -1 : 1));
}

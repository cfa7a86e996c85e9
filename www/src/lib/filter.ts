/** Which shifts of an event a person wants to see. */
import type { Assignment } from "@wedsync/core";
import { staffing } from "./state";
import { dateOf } from "./time";
import { touches } from "./timeline";

export interface Filter {
  text: string;
  openOnly: boolean;
  mineOnly: boolean;
}

export const NO_FILTER: Filter = { text: "", openOnly: false, mineOnly: false };
export const isFiltering = (f: Filter): boolean => f.text.trim() !== "" || f.openOnly || f.mineOnly;

export interface NameLookup {
  helper: (id: string) => string;
  place: (id: string | null) => string;
}

/** True for the shifts that match every word of the text and the switches. */
export function matcher(filter: Filter, names: NameLookup, me: string | null): (a: Assignment) => boolean {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  return (a) => {
    if (filter.openOnly && staffing(a) !== "short") return false;
    if (filter.mineOnly && !a.assigned.some((x) => x.helper === me)) return false;
    if (words.length === 0) return true;
    const hay = [a.title, a.team, a.role, names.place(a.place), ...a.skills, ...a.assigned.map((x) => names.helper(x.helper))]
      .join(" ")
      .toLowerCase();
    return words.every((word) => hay.includes(word));
  };
}

export interface HourGroup {
  /** `08:00`, or null for shifts that go on from the day before. */
  hour: string | null;
  shifts: Assignment[];
}

/** The shifts of a day by the hour they start, as on a run-sheet. */
export function byHour(shifts: readonly Assignment[], day: string): HourGroup[] {
  const groups: HourGroup[] = [];
  for (const shift of shifts) {
    if (!touches(day, shift.start, shift.end)) continue;
    const hour = dateOf(shift.start) < day ? null : `${shift.start.slice(11, 13)}:00`;
    const last = groups.at(-1);
    if (last && last.hour === hour) last.shifts.push(shift);
    else groups.push({ hour, shifts: [shift] });
  }
  return groups;
}

/** Words for hours, limits and time off. */
import type { TimeOff, WorkingHours } from "@wedsync/core";
import { addDays, clockOf, dateOf, shortDay, span } from "./time";

export const WEEKDAYS = [
  ["mo", "Monday"], ["tu", "Tuesday"], ["we", "Wednesday"], ["th", "Thursday"], ["fr", "Friday"], ["sa", "Saturday"], ["su", "Sunday"],
] as const;

/** Whether such hours end on the next day; `24:00` is the end of the day itself. */
export const endsNextDay = (from: string, to: string): boolean => to <= from;

export function hoursWords(hours: WorkingHours | undefined): string {
  if (!hours) return "not set";
  if (hours.off) return "day off";
  return `${hours.from}–${hours.to}`;
}

/** Whole days from midnight to midnight, by their first and last; null where it begins or ends within a day. */
export function wholeDays(time: Pick<TimeOff, "start" | "end">): [string, string] | null {
  if (clockOf(time.start) !== "00:00" || clockOf(time.end) !== "00:00") return null;
  return [dateOf(time.start), addDays(dateOf(time.end), -1)];
}

/** `Wed 15 Jul 18:00–20:30`, `Wed 15 Jul – Fri 17 Jul` */
export function timeOffWords(time: Pick<TimeOff, "start" | "end">): string {
  const days = wholeDays(time);
  if (!days) return `${shortDay(dateOf(time.start))} ${span(time.start, time.end)}`;
  return days[0] === days[1] ? `${shortDay(days[0])}, all day` : `${shortDay(days[0])} – ${shortDay(days[1])}`;
}

/** The minutes that two fields say; null where both are empty, NaN where they are no duration. */
export function asMinutes(hours: string, rest: string): number | null {
  if (hours.trim() === "" && rest.trim() === "") return null;
  const whole = (text: string) => (/^\s*\d*\s*$/.test(text) ? Number(text) : Number.NaN);
  return whole(hours) * 60 + whole(rest);
}

/** Millionths of a degree, as the plan keeps them; null where none are given, NaN where it is no number. */
export function millionths(text: string): number | null {
  return text.trim() === "" ? null : Math.round(Number(text.replace(",", ".")) * 1_000_000);
}

/** `49.95421, 7.91834` */
export function coordinates(latitude: number | null, longitude: number | null): string {
  return latitude === null || longitude === null ? "" : `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
}

/** Civil times of a zone as instants, by the browser's own zone data: for words and defaults only. The core judges. */
import { nowIn } from "./time";

const DAY_MS = 86_400_000;

/** The instants of a civil time like `2026-10-25T02:30`: none where the clock leaps over it, two where it goes back. */
export function instants(civil: string, zone: string): number[] {
  const asUtc = Date.parse(`${civil}:00Z`);
  if (Number.isNaN(asUtc)) return [];
  const offset = (at: number) => Date.parse(`${nowIn(zone, new Date(at))}:00Z`) - at;
  const candidates = [asUtc - DAY_MS, asUtc + DAY_MS].map((at) => asUtc - offset(at));
  return [...new Set(candidates)].filter((at) => nowIn(zone, new Date(at)) === civil).sort((a, b) => a - b);
}

export const comesTwice = (civil: string, zone: string): boolean => instants(civil, zone).length === 2;

/** `20261231T225900Z`: the last minute of a day, as RFC 5545 wants the end of a rule. */
export function lastMinute(date: string, zone: string): string {
  const civil = `${date}T23:59`;
  const at = instants(civil, zone).at(-1) ?? Date.parse(`${civil}:00Z`);
  return `${new Date(at).toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
}

/** The day in a zone of such an end of a rule. */
export function dayOf(end: string, zone: string): string | null {
  const found = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?$/.exec(end);
  if (!found) return null;
  const [, year, month, day, hour, minute, second, utc] = found;
  if (!utc) return `${year}-${month}-${day}`;
  return nowIn(zone, new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)).slice(0, 10);
}

/** Civil times as the plan keeps them: `2026-07-15T07:30`, without a zone. Here they are minutes on one civil axis. */

const DAY = 1440;
// The words are English: a date in another language would stand among them like a slip.
const LOCALE = typeof navigator !== "undefined" && navigator.language.startsWith("en") ? navigator.language : "en-GB";

/** Minutes of a civil time or date since 1970, as if every day had 24 hours. */
export function minutes(civil: string): number {
  const text = civil.length === 10 ? `${civil}T00:00` : civil;
  return Math.round(Date.parse(`${text.slice(0, 16)}:00Z`) / 60_000);
}

/** The civil time of such minutes. */
export function civil(value: number): string {
  return new Date(value * 60_000).toISOString().slice(0, 16);
}

export const dateOf = (time: string): string => time.slice(0, 10);
export const clockOf = (time: string): string => time.slice(11, 16);
export const addDays = (date: string, days: number): string => dateOf(civil(minutes(date) + days * DAY));
export const duration = (start: string, end: string): number => minutes(end) - minutes(start);

/** `13:00–15:30`, with the day where the end is on another. */
export function span(start: string, end: string): string {
  const tail = dateOf(start) === dateOf(end) ? clockOf(end) : `${shortDay(dateOf(end))} ${clockOf(end)}`;
  return `${clockOf(start)}–${tail}`;
}

/** `1 h 15`, `45 min` */
export function length(total: number): string {
  const h = Math.floor(total / 60);
  const m = total % 60;
  if (h === 0) return `${m} min`;
  return m === 0 ? `${h} h` : `${h} h ${m}`;
}

function format(options: Intl.DateTimeFormatOptions): (date: string) => string {
  const formatter = new Intl.DateTimeFormat(LOCALE, { ...options, timeZone: "UTC" });
  return (date) => formatter.format(new Date(`${date}T00:00:00Z`));
}

/** `Wed 15 Jul` */
export const shortDay = format({ weekday: "short", day: "numeric", month: "short" });
/** `Wednesday 15 July 2026` */
export const longDay = format({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
export const weekday = format({ weekday: "short" });
/** `Wednesday` */
export const weekdayName = format({ weekday: "long" });
export const dayNumber = format({ day: "numeric", month: "short" });

export function days(first: string, last: string): string[] {
  const all: string[] = [];
  for (let day = first; day <= last && all.length < 60; day = addDays(day, 1)) all.push(day);
  return all;
}

export function dayRange(first: string, last: string): string {
  return first === last ? shortDay(first) : `${shortDay(first)} – ${shortDay(last)}`;
}

/** The civil time now in a zone; in the device's zone where that one is not known. */
export function nowIn(zone: string | undefined, at: Date = new Date()): string {
  const options: Intl.DateTimeFormatOptions = {
    year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  };
  const parts = (timeZone?: string) => new Intl.DateTimeFormat("en-CA", { ...options, timeZone }).formatToParts(at);
  let found: Intl.DateTimeFormatPart[];
  try {
    found = parts(zone);
  } catch {
    found = parts();
  }
  const part = (type: string) => found.find((p) => p.type === type)?.value ?? "00";
  return `${part("year")}-${part("month")}-${part("day")}T${part("hour")}:${part("minute")}`;
}

export const today = (zone?: string): string => dateOf(nowIn(zone));
export const deviceZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

/** `just now`, `4 min ago`, `14:05`, `Wed 15 Jul 14:05` */
export function ago(at: number, now: number = Date.now()): string {
  const past = Math.round((now - at) / 60_000);
  if (past < 1) return "just now";
  if (past < 60) return `${past} min ago`;
  const time = nowIn(undefined, new Date(at));
  return dateOf(time) === today() ? clockOf(time) : `${shortDay(dateOf(time))} ${clockOf(time)}`;
}

/** `14:05, 3 hours ago`; with the day where it was another one: `Wed 15 Jul 14:05, 3 days ago`. */
export function clockAndAge(at: number, now: number = Date.now()): string {
  const time = nowIn(undefined, new Date(at));
  const day = dateOf(time) === dateOf(nowIn(undefined, new Date(now))) ? "" : `${shortDay(dateOf(time))} `;
  return `${day}${clockOf(time)}, ${age(now - at)}`;
}

function age(ms: number): string {
  const past = Math.floor(ms / 60_000);
  if (past < 1) return "just now";
  if (past < 60) return `${past} min ago`;
  const [n, unit] = past < DAY ? [Math.floor(past / 60), "hour"] : [Math.floor(past / DAY), "day"];
  return `${n} ${unit}${n === 1 ? "" : "s"} ago`;
}

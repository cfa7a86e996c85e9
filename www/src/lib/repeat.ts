/** The recurrence rules (RFC 5545) that the app writes into a time off, and how rules are said in words. */
import type { TimeOff } from "@wedsync/core";
import { addDays, clockOf, dateOf, dayNumber, minutes, weekdayName } from "./time";
import { dayOf, lastMinute } from "./zone";

export type Every = "once" | "week" | "two_weeks" | "month";

export interface Repeat {
  every: Every;
  /** The last day, where there is one. */
  until: string | null;
}

const RULES: Record<Every, string> = { once: "", week: "FREQ=WEEKLY", two_weeks: "FREQ=WEEKLY;INTERVAL=2", month: "FREQ=MONTHLY" };

export function toRule({ every, until }: Repeat, zone: string): string {
  const rule = RULES[every];
  return rule && until ? `${rule};UNTIL=${lastMinute(until, zone)}` : rule;
}

/** Null where the rule is one that the app does not write: a calendar or another app did. */
export function fromRule(rule: string, zone: string): Repeat | null {
  const parts = rule.split(";").filter((part) => part !== "INTERVAL=1");
  const end = parts.find((part) => part.startsWith("UNTIL="));
  const rest = parts.filter((part) => part !== end).sort().join(";");
  const every = (Object.keys(RULES) as Every[]).find((key) => RULES[key] === rest);
  const until = end ? dayOf(end.slice(6), zone) : null;
  return every && (until || !end) ? { every, until } : null;
}

/** `every week on Wednesday until 30 Jun`; empty where it does not repeat. */
export function repeatWords(time: Pick<TimeOff, "start" | "zone" | "repeat">): string {
  if (!time.repeat) return "";
  const repeat = fromRule(time.repeat, time.zone);
  if (!repeat) return `repeats by the rule ${time.repeat}`;
  const day = dateOf(time.start);
  const on = repeat.every === "month" ? `on day ${Number(day.slice(8))}` : `on ${weekdayName(day)}`;
  const every = { once: "", week: "every week", two_weeks: "every two weeks", month: "every month" }[repeat.every];
  return `${every} ${on}${repeat.until ? ` until ${dayNumber(repeat.until)} ${repeat.until.slice(0, 4)}` : ""}`;
}

/** The next days on which it starts, left out or not; none where the rule is not one of the app's. */
export function nextDays(time: Pick<TimeOff, "start" | "zone" | "repeat">, from: string, count: number): string[] {
  const repeat = fromRule(time.repeat, time.zone);
  const first = dateOf(time.start);
  if (!repeat || repeat.every === "once" || !first) return [];
  const found: string[] = [];
  for (let n = firstStep(repeat.every, first, from); found.length < count && n < 10_000; n += 1) {
    const day = stepped(repeat.every, first, n);
    if (day && repeat.until && day > repeat.until) break;
    if (day && day >= from) found.push(day);
  }
  return found;
}

/** Whether none of it lies ahead; a rule that the app does not write may always go on. */
export function isOver(time: Pick<TimeOff, "start" | "end" | "zone" | "repeat">, now: string): boolean {
  if (dateOf(time.end) >= now) return false;
  const repeat = fromRule(time.repeat, time.zone);
  return repeat?.every === "once" || (repeat !== null && nextDays(time, now, 1).length === 0);
}

/** Where the search begins, so that an old series is not walked through from its start. */
function firstStep(every: Every, first: string, from: string): number {
  const days = (minutes(from) - minutes(first)) / 1440;
  return Math.max(0, Math.floor(days / { once: 1, week: 7, two_weeks: 14, month: 31 }[every]) - 1);
}

/** Null for a month that lacks the day: RFC 5545 leaves it out. */
function stepped(every: Every, first: string, n: number): string | null {
  if (every !== "month") return addDays(first, n * (every === "week" ? 7 : 14));
  const day = Number(first.slice(8));
  const date = new Date(Date.UTC(Number(first.slice(0, 4)), Number(first.slice(5, 7)) - 1 + n, day));
  return date.getUTCDate() === day ? date.toISOString().slice(0, 10) : null;
}

/** The start of a series on a day, as `except` names it. */
export const startOn = (time: Pick<TimeOff, "start">, day: string): string => `${day}T${clockOf(time.start)}`;

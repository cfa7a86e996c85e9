/** Entries of the history, sorted for the screen. */
import type { HistoryEntry, HistoryLine, HistoryPage } from "@wedsync/core";
import { dateOf, nowIn } from "./time";

/** The days of this device's clock, the newest first, each with its entries in their order. */
export function byDay(entries: readonly HistoryEntry[], zone?: string): [string, HistoryEntry[]][] {
  const days = new Map<string, HistoryEntry[]>();
  for (const entry of entries) {
    const day = dateOf(nowIn(zone, new Date(entry.at)));
    days.set(day, [...(days.get(day) ?? []), entry]);
  }
  return [...days];
}

/** `AH` of Amira Haddad, `O` of Olga. */
export function initials(name: string): string {
  const words = name.split(/\s+/).filter((word) => /^\p{L}/u.test(word));
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => [...(word ?? "")][0] ?? "");
  return letters.join("").toUpperCase() || "?";
}

/** Whether all lines are of one thing, which the title names. */
export function isOneThing(lines: readonly HistoryLine[]): boolean {
  return new Set(lines.map((line) => line.about)).size <= 1;
}

/** Whether the title says all of the only line: what it was and became, or what came. */
export function isTold({ title, lines, more }: HistoryEntry): boolean {
  const [line] = lines;
  if (!line || lines.length > 1 || more > 0) return false;
  const came = line.before === null && line.restore === null;
  return came || title.endsWith(` from ${line.before ?? "nothing"} to ${line.after ?? "nothing"}`);
}

/** The latest page on top of the older ones that were asked for before, where there is no gap between them. */
export function joined(latest: HistoryPage, seen: HistoryPage | null): HistoryPage {
  if (!seen) return latest;
  const known = new Set(latest.entries.map((entry) => entry.uuid));
  const meets = seen.entries.findLastIndex((entry) => entry.state === "stored" && known.has(entry.uuid));
  const older = meets < 0 ? [] : seen.entries.slice(meets + 1).filter((entry) => !known.has(entry.uuid));
  return older.length > 0 ? { ...latest, entries: [...latest.entries, ...older], next: seen.next } : latest;
}

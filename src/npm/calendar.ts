/** What is meant where somebody does not say how to read a calendar. */
import type { ReadCalendarOptions } from "./types.js";

const DAY_MS = 24 * 60 * 60 * 1000;
/** From a little before now, for shifts under way, to where plans end. */
const BEFORE_DAYS = 7;
const AFTER_DAYS = 550;

export function calendarOptions(
  file: Blob | Uint8Array,
  options: ReadCalendarOptions,
  now = Date.now(),
): Required<ReadCalendarOptions> {
  const day = (days: number) => new Date(now + days * DAY_MS).toISOString().slice(0, 10);
  const fileName = "name" in file && typeof file.name === "string" ? file.name.replace(/\.[^.]*$/, "") : "";
  return {
    helper: options.helper,
    name: options.name?.trim() || fileName.trim() || "Calendar",
    zone: options.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone ?? "UTC",
    first: options.first ?? day(-BEFORE_DAYS),
    last: options.last ?? day(AFTER_DAYS),
  };
}

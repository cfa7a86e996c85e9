/** What a receipt says, in words. */
import type { Command, Field, ReceiptInfo, Replaced } from "@wedsync/core";
import { length } from "./time";

/** In minutes; people read hours. */
const DURATIONS: readonly Field[] = [
  "day_max", "week_max", "rolling_max", "week_target", "rest", "rest_legal", "day_legal", "week_legal", "rolling_legal", "margin",
];

/** Such as: Replaced Olivia’s title “Tea” with “Coffee”. The receipt itself names the person, so it reads the same offline. */
export function replacedWords({ field, value, by, by_name }: Replaced, me: string, command?: Command): string {
  const whose = by === me ? "your own" : by_name ? `${by_name}’s` : "somebody else’s";
  const what = field.replaceAll("_", " ");
  const before = words(field, value);
  const old = before === "" ? `Replaced ${whose} emptied ${what}` : `Replaced ${whose} ${what} “${before}”`;
  if (!command || !("set" in command) || !(field in command.set)) return old;
  const after = words(field, (command.set as Record<string, unknown>)[field]);
  return after === "" ? `${old} with nothing` : `${old} with “${after}”`;
}

function words(field: Field, value: unknown): string {
  if (typeof value === "number" && DURATIONS.includes(field)) return length(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  return Array.isArray(value) ? value.join(", ") : String(value ?? "");
}

/** Typing in a note makes an edit every moment: those in a row on one note stand on one line. */
export function foldNotes(receipts: readonly ReceiptInfo[]): { receipt: ReceiptInfo; times: number }[] {
  const rows: { receipt: ReceiptInfo; times: number }[] = [];
  for (const receipt of receipts) {
    const last = rows.at(-1);
    if (last && noteOf(last.receipt) !== null && noteOf(last.receipt) === noteOf(receipt)) last.times += 1;
    else rows.push({ receipt, times: 1 });
  }
  return rows;
}

function noteOf({ command }: ReceiptInfo): string | null {
  return command.type === "edit_note" ? `${command.event}/${command.assignment}` : null;
}

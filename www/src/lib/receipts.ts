/** What a receipt says, in words. */
import type { Command, ReceiptInfo, Replaced } from "@wedsync/core";

/** Such as: Replaced Olivia’s title “Tea” with “Coffee”. The receipt itself names the person, so it reads the same offline. */
export function replacedWords({ field, value, by, by_name }: Replaced, me: string, command?: Command): string {
  const whose = by === me ? "your own" : by_name ? `${by_name}’s` : "somebody else’s";
  const what = field.replaceAll("_", " ");
  const before = words(value);
  const old = before === "" ? `Replaced ${whose} emptied ${what}` : `Replaced ${whose} ${what} “${before}”`;
  if (!command || !("set" in command) || !(field in command.set)) return old;
  const after = words((command.set as Record<string, unknown>)[field]);
  return after === "" ? `${old} with nothing` : `${old} with “${after}”`;
}

function words(value: unknown): string {
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

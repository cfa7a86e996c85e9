/** What an undo left as it is, in words. */
import type { Kept } from "@wedsync/core";

/** Most things that are named. */
const NAMED = 3;

/** Somebody changed it since: taken back when asked again. */
export const isOpen = (kept: Kept): boolean => kept.why === null;

/** Such as: All but the end and the title: Anna changed them since. Empty where all was taken back. */
export function keptWords(kept: readonly Kept[], me: string, helper: (id: string) => string): string {
  const open = kept.filter(isOpen);
  const sentences = [...new Set(kept.flatMap((k) => k.why ?? []))].slice(0, NAMED);
  if (open.length > 0) {
    const things = [...new Set(open.map((k) => thing(k, helper)))];
    sentences.unshift(`All but ${list(things)}: ${who(open, me)} changed ${things.length === 1 ? "it" : "them"} since.`);
  }
  return sentences.join(" ");
}

function thing({ table, row, field }: Kept, helper: (id: string) => string): string {
  const [, who] = row.split(".");
  return table === "assigned" && who ? `the place of ${helper(who)}` : `the ${field.replaceAll("_", " ")}`;
}

function who(kept: readonly Kept[], me: string): string {
  const names = [...new Set(kept.map((k) => (k.by === me ? "you" : (k.by_name ?? "somebody"))))];
  return names.length === 1 ? names[0]! : "others";
}

function list(things: readonly string[]): string {
  const named = things.length > NAMED ? [...things.slice(0, NAMED), `${things.length - NAMED} more`] : things;
  return named.length === 1 ? named[0]! : `${named.slice(0, -1).join(", ")} and ${named.at(-1)}`;
}

/** What a note holds, for an editor of plain text: other editors put blocks into the same root. */
import * as Y from "yjs";

/** False where the text holds more than characters: a plain editor would damage it. */
export function isPlain(text: Y.Text): boolean {
  return text.length === text.toString().length;
}

/** The words of a note, whoever wrote it: each block as a line. */
export function readable(text: Y.Text): string {
  return textOf(text).trimEnd();
}

function textOf(part: unknown): string {
  if (typeof part === "string") return part;
  if (part instanceof Y.Text) return part.toDelta().map((op: { insert: unknown }) => textOf(op.insert)).join("");
  if (!(part instanceof Y.XmlFragment)) return "";
  const inner = part.toArray().map(textOf).join("");
  return inner.endsWith("\n") ? inner : `${inner}\n`;
}

/** Where a position lies after the text was replaced: at the same words, where these are still there. */
export function keptPosition(before: string, after: string, at: number): number {
  const limit = Math.min(before.length, after.length);
  let start = 0;
  while (start < limit && before[start] === after[start]) start++;
  if (at <= start) return at;
  let end = 0;
  while (end < limit - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  const behind = before.length - at;
  return behind <= end ? after.length - behind : start;
}

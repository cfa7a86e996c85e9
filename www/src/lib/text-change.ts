/** Text that people type in a plain field, as changes of a shared text. Positions are UTF-16 units, as in Yjs. */

export interface TextChange {
  at: number;
  remove: number;
  insert: string;
}

/** The least change from `before` to `after`; `caret` is where it left the caret, which settles what is ambiguous. */
export function changeOf(before: string, after: string, caret: number): TextChange | null {
  if (before === after) return null;
  const shorter = Math.min(before.length, after.length);
  const same = (end: number) => before[before.length - 1 - end] === after[after.length - 1 - end];
  let end = 0;
  while (end < Math.min(shorter, after.length - caret) && same(end)) end++;
  let at = 0;
  while (at < shorter - end && before[at] === after[at]) at++;
  while (end < shorter - at && same(end)) end++;
  // A pair of surrogates is one character: others would see half of it.
  if (at > 0 && isHigh(before, at - 1)) at--;
  if (end > 0 && isHigh(before, before.length - end - 1)) end--;
  return { at, remove: before.length - end - at, insert: after.slice(at, after.length - end) };
}

function isHigh(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xd800 && unit <= 0xdbff;
}

/** One part of what Yjs calls a delta. */
export interface DeltaPart {
  retain?: number;
  insert?: unknown;
  delete?: number;
}

export function asDelta(change: TextChange | null): DeltaPart[] {
  return change ? [{ retain: change.at }, { delete: change.remove }, { insert: change.insert }] : [];
}

/** Where a position lies after others changed the text. What they insert right at it goes behind it. */
export function moved(position: number, delta: readonly DeltaPart[]): number {
  let at = 0;
  let to = position;
  for (const part of delta) {
    if (at > to || (at === to && part.insert !== undefined)) break;
    if (part.retain !== undefined) at += part.retain;
    else if (part.delete !== undefined) to -= Math.min(part.delete, to - at);
    else {
      const length = typeof part.insert === "string" ? part.insert.length : 1;
      at += length;
      to += length;
    }
  }
  return to;
}

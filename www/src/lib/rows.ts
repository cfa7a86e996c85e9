/** The rows of the timeline: one a helper or one a place, with the blocks of the day laid into lanes. */
import type { Assigned, Assignment, Helper, Place } from "@wedsync/core";
import { staffing } from "./state";
import { type Placed, type Part, lanes, partOn } from "./timeline";

/** The lane of shifts that still need helpers, in the view by helper. */
export const OPEN_ROW = "open";
/** The row of shifts without a place. */
export const NO_PLACE = "none";

export type TimelineKind = "helper" | "place";

export interface Block extends Part {
  /** Names the block across renders: the shift and the row. */
  key: string;
  shift: Assignment;
  row: string;
  status: Assigned["status"] | null;
}

export interface TimelineRow {
  id: string;
  label: string;
  blocks: Placed<Block>[];
  laneCount: number;
}

export function helperRows(shifts: readonly Assignment[], helpers: readonly Helper[], day: string): TimelineRow[] {
  const parts = new Map<string, Block[]>([[OPEN_ROW, []]]);
  for (const shift of shifts) {
    const part = partOn(day, shift.start, shift.end);
    if (!part) continue;
    if (staffing(shift) === "short") push(parts, OPEN_ROW, shift, part, null);
    for (const { helper, status } of shift.assigned) push(parts, helper, shift, part, status);
  }
  const open = row(OPEN_ROW, "Open places", parts);
  const others = helpers.filter((h) => !h.archived || parts.has(h.id)).map((h) => row(h.id, h.name, parts));
  return [open, ...others];
}

export function placeRows(shifts: readonly Assignment[], places: readonly Place[], day: string): TimelineRow[] {
  const parts = new Map<string, Block[]>();
  for (const shift of shifts) {
    const part = partOn(day, shift.start, shift.end);
    if (part) push(parts, shift.place ?? NO_PLACE, shift, part, null);
  }
  const used = places.filter((p) => parts.has(p.id));
  // The team's other places come after: there to move a shift to, and not in the way of the day's plan.
  const others = places.filter((p) => !p.archived && !parts.has(p.id));
  const rows = [...used, ...others].map((p) => row(p.id, p.name, parts));
  return parts.has(NO_PLACE) ? [row(NO_PLACE, "No place", parts), ...rows] : rows;
}

function push(parts: Map<string, Block[]>, id: string, shift: Assignment, part: Part, status: Block["status"]): void {
  const block: Block = { ...part, key: `${shift.id}.${id}`, shift, row: id, status };
  const list = parts.get(id);
  if (list) list.push(block);
  else parts.set(id, [block]);
}

function row(id: string, label: string, parts: Map<string, Block[]>): TimelineRow {
  const { placed, count } = lanes(parts.get(id) ?? []);
  return { id, label, blocks: placed, laneCount: count };
}

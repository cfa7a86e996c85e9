/** Who is on another shift at the same time, preparation and tear-down included. */
import type { Assignment } from "@wedsync/core";
import { minutes } from "./time";

export function busyHelpers(shift: Assignment, all: readonly Assignment[]): Map<string, Assignment> {
  const [from, to] = reach(shift);
  const busy = new Map<string, Assignment>();
  for (const other of all) {
    if (other.id === shift.id || other.status === "cancelled" || other.assigned.length === 0) continue;
    const [start, end] = reach(other);
    if (start >= to || end <= from) continue;
    for (const { helper, status } of other.assigned) if (status !== "declined") busy.set(helper, other);
  }
  return busy;
}

function reach(shift: Assignment): [number, number] {
  return [minutes(shift.start) - shift.preparation, minutes(shift.end) + shift.tear_down];
}

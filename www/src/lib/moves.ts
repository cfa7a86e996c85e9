/** What a block dropped somewhere else means, as a command. */
import type { Assignment, EventCommand } from "@wedsync/core";
import { type Block, NO_PLACE, OPEN_ROW, type TimelineKind } from "./rows";
import { civil, minutes } from "./time";

export interface Drop {
  kind: TimelineKind;
  block: Block;
  /** The row it lands on. */
  row: string;
  /** Minutes later (or earlier) than now. */
  by: number;
}

/** The command of a drop; null where it changes nothing. */
export function commandOf({ kind, block, row, by }: Drop): EventCommand | null {
  const { shift } = block;
  const assignment = shift.id;
  if (row === block.row) return by === 0 ? null : move(shift, by);
  if (kind === "place") {
    const command = move(shift, by);
    return { ...command, set: { ...command.set, place: row === NO_PLACE ? null : row } };
  }
  // A helper's row was left or entered: the time stays, so that one drop changes one thing.
  if (row === OPEN_ROW) return { type: "unassign", assignment, helper: block.row };
  if (isOn(shift, row)) return null;
  if (block.row === OPEN_ROW) return { type: "assign", assignment, helper: row };
  return { type: "substitute", assignment, from: block.row, to: row };
}

function isOn(shift: Assignment, helper: string): boolean {
  return shift.assigned.some((x) => x.helper === helper && x.status !== "declined");
}

type Move = Extract<EventCommand, { type: "move_assignment" }>;

function move(shift: Assignment, by: number): Move {
  return {
    type: "move_assignment",
    assignment: shift.id,
    set: { start: civil(minutes(shift.start) + by), end: civil(minutes(shift.end) + by) },
  };
}

/** What a drop would do, in a sentence for the live region. */
export function dropWords({ kind, block, row, by }: Drop, label: (row: string) => string): string {
  const time = civil(minutes(block.shift.start) + by).slice(11);
  const end = civil(minutes(block.shift.end) + by).slice(11);
  if (row === block.row) return by === 0 ? `${time} to ${end}, where it is now` : `${time} to ${end}`;
  if (kind === "place") return `${time} to ${end}, ${label(row)}`;
  if (row === OPEN_ROW) return `Take ${label(block.row)} off this shift`;
  if (isOn(block.shift, row)) return `${label(row)} is on this shift already`;
  return block.row === OPEN_ROW ? `Put ${label(row)} on this shift` : `Replace ${label(block.row)} by ${label(row)}`;
}

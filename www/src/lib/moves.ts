/** What a block dropped somewhere else means, as commands. */
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

/** The commands of a drop, in order; none where it changes nothing. */
export function commandsOf({ kind, block, row, by }: Drop): EventCommand[] {
  const { shift } = block;
  const assignment = shift.id;
  if (kind === "place") {
    if (row === block.row) return by === 0 ? [] : [move(shift, by)];
    const command = move(shift, by);
    return [{ ...command, set: { ...command.set, place: row === NO_PLACE ? null : row } }];
  }
  if (row === block.row) return by === 0 ? [] : [move(shift, by)];
  // A helper's row was left or entered: the time stays, so that one drop changes one thing.
  const leave: EventCommand[] = block.row === OPEN_ROW ? [] : [{ type: "unassign", assignment, helper: block.row }];
  const enter: EventCommand[] =
    row === OPEN_ROW || shift.assigned.some((x) => x.helper === row && x.status !== "declined")
      ? []
      : [{ type: "assign", assignment, helper: row }];
  // The place must be free before another takes it.
  return row !== OPEN_ROW && enter.length === 0 ? [] : [...leave, ...enter];
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
  return block.row === OPEN_ROW ? `Put ${label(row)} on this shift` : `From ${label(block.row)} to ${label(row)}`;
}

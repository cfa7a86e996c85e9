/** The command that takes another one back. Worked out before that one is given: it needs the plan as it was. */
import type { Assignment, Command, Field, Fields, Person } from "@wedsync/core";

/** The plan as it is before the command. */
export interface Before {
  shift: (event: string, assignment: string) => Assignment | undefined;
  person: (helper: string) => Person | undefined;
}

/** Null where there is no way back in one step. */
export function undoOf(command: Command, before: Before): Command | null {
  switch (command.type) {
    case "assign":
      return { ...command, type: "unassign" };
    case "unassign":
      return { ...command, type: "assign" };
    case "substitute":
    case "reassign":
      return { ...command, from: command.to, to: command.from };
    case "staff":
      return { ...command, assign: command.unassign ?? [], unassign: command.assign ?? [] };
    case "move_assignment":
    case "update_assignment": {
      const shift = before.shift(command.event, command.assignment);
      return shift ? { type: command.type, event: command.event, assignment: command.assignment, set: asBefore(command.set, shift) } : null;
    }
    case "set_working_hours":
    case "set_day_off": {
      const { helper, day } = command;
      const was = before.person(helper)?.hours.find((h) => h.day === day);
      if (was?.off) return { type: "set_day_off", helper, day };
      return { type: "set_working_hours", helper, day, hours: was ? { from: was.from, to: was.to } : null };
    }
    default:
      return null;
  }
}

function asBefore(set: Fields, shift: Assignment): Fields {
  const row = shift as unknown as Fields;
  return Object.fromEntries((Object.keys(set) as Field[]).map((field) => [field, row[field] ?? null]));
}

/** What a helper does about a shift of their own, or one they could take. */
import type { Assignment, EventCommand, EventHandle } from "@wedsync/core";
import { STATUS_WORDS } from "../lib/state";
import { addDays, dateOf, today } from "../lib/time";
import { useAct } from "../workspace";
import { Action, Mark } from "./controls";

interface Props {
  event: EventHandle;
  shift: Assignment;
  me: string;
}

export function OwnActions({ event, shift, me }: Props) {
  const act = useAct();
  const own = shift.assigned.find((x) => x.helper === me);
  const press = (command: EventCommand) => () => void act(() => event.do(command));
  const answer = (type: "accept" | "decline" | "check_in" | "complete") => press({ type, assignment: shift.id, helper: me });
  if (shift.status === "cancelled") return null;
  if (!own) {
    if (shift.taken >= shift.helpers_max) return null;
    return (
      <div className="own">
        <Action label={`Take this shift: ${shift.title}`} onPress={press({ type: "claim", assignment: shift.id })}>Take this shift</Action>
      </div>
    );
  }
  // Offered from the day before: a week ahead it would invite a check-in by mistake.
  const isNear = dateOf(shift.start) <= addDays(today(shift.zone), 1);
  return (
    <div className="own">
      <Mark tone={own.status === "declined" ? "bad" : own.status === "assigned" ? "warn" : "good"}>You: {STATUS_WORDS[own.status]}</Mark>
      {own.status === "assigned" || own.status === "declined" ? <Action kind="main" onPress={answer("accept")}>Accept</Action> : null}
      {own.status === "accepted" && isNear ? <Action kind="main" onPress={answer("check_in")}>Check in</Action> : null}
      {own.status === "checked_in" ? <Action kind="main" onPress={answer("complete")}>Done</Action> : null}
      {own.status === "assigned" || own.status === "accepted" ? <Action onPress={answer("decline")}>Decline</Action> : null}
    </div>
  );
}

/** One conflict: its sentence, the shifts it is about, and what could help. */
import type { Assignment, Conflict } from "@wedsync/core";
import { KIND_WORDS, SEVERITY_WORDS } from "../lib/conflicts";
import { dateOf, span, weekday } from "../lib/time";
import { Action } from "../parts/controls";
import { SeverityIcon } from "../parts/severity";
import { href } from "../router";
import { useAssignment } from "../workspace";
import { Suggestions } from "./suggestions";

interface Props {
  conflict: Conflict;
  /** The event on the screen; shifts of others are links. */
  event: string | null;
  /** The shift on the screen needs no way to itself. */
  shift?: string;
  onOpen?: (shift: string) => void;
}

const CONFIDENCE: Record<Conflict["confidence"], string> = {
  confirmed: "",
  stale: " · from an old calendar",
  unknown: " · not all is known",
};
/** Whoever works a lot has many shifts in one conflict. */
const SHIFTS_SHOWN = 3;

export function ConflictItem({ conflict, event, shift, onOpen }: Props) {
  const others = conflict.shifts.filter((s) => s.assignment !== shift);
  return (
    <div className="conflict">
      <SeverityIcon severity={conflict.severity} />
      <div className="conflict-body">
        <p>
          <span className="conflict-kind">{SEVERITY_WORDS[conflict.severity]}: {KIND_WORDS[conflict.kind]}{CONFIDENCE[conflict.confidence]}</span>
          {conflict.text}
        </p>
        <div className="conflict-links">
          {others.slice(0, SHIFTS_SHOWN).map((s) => (
            <ShiftLink key={`${s.event}.${s.assignment}`} event={s.event} shift={s.assignment} onOpen={s.event === event ? onOpen : undefined} />
          ))}
          {others.length > SHIFTS_SHOWN ? <span className="hint">and {others.length - SHIFTS_SHOWN} more</span> : null}
        </div>
        <Suggestions conflict={conflict} />
      </div>
    </div>
  );
}

function ShiftLink({ event, shift, onOpen }: { event: string; shift: string; onOpen: ((shift: string) => void) | undefined }) {
  const found = useAssignment(event, shift);
  if (!found) return null;
  const words = linkWords(found);
  if (onOpen) return <Action kind="quiet" onPress={() => onOpen(shift)}>{words}</Action>;
  return <a href={href(["event", event], { day: dateOf(found.start), shift })}>{words}</a>;
}

function linkWords(a: Assignment): string {
  return `${a.title}, ${weekday(dateOf(a.start))} ${span(a.start, a.end)}`;
}

/** Who could take a shift: who is free, who is not known to be, and who would have conflicts, with one tap to put them on it. */
import type { Assignment, Candidate, EventHandle } from "@wedsync/core";
import { useMemo } from "react";
import { isOpenPlace } from "../lib/conflicts";
import { plural } from "../lib/state";
import { dateOf, length, shortDay, span } from "../lib/time";
import { Action, Empty, Mark } from "../parts/controls";
import { SeverityMark } from "../parts/severity";
import { Sheet } from "../parts/sheet";
import { errorInfo, useConflicts, useNames } from "../workspace";
import { useApply } from "./use-apply";

interface Props {
  event: EventHandle;
  shift: Assignment;
  onClose: () => void;
}

export function CandidatesSheet({ event, shift, onClose }: Props) {
  const names = useNames();
  const apply = useApply();
  const conflicts = useConflicts(event);
  // Asked again when anything changed that counts: the conflicts say so.
  const { found, error } = useMemo(() => {
    try {
      return { found: event.candidates(shift.id, 50), error: null };
    } catch (failure) {
      return { found: [], error: errorInfo(failure).message };
    }
  }, [event, shift, conflicts]);
  const free = shift.helpers_max - shift.taken;
  const assign = async (helper: string) => {
    const name = names.helper(helper);
    const done = await apply({ type: "assign", event: event.id, assignment: shift.id, helper }, `Done. ${name} is on ${shift.title}.`);
    if (done && free <= 1) onClose();
  };
  return (
    <Sheet title="Who could take this?" isOpen onClose={onClose}>
      <div className="stack">
        <p>
          <strong>{shift.title}</strong> <span className="num">{shortDay(dateOf(shift.start))} {span(shift.start, shift.end)}</span>
          <small> {free > 0 ? `${plural(free, "free place")}` : "No place is free."}{shift.skills.length > 0 ? ` · needs ${shift.skills.join(", ")}` : ""}</small>
        </p>
        {error ? <p className="field-error" role="alert">{error}</p> : null}
        {found.length === 0 && !error ? <Empty>Everybody in the team is on it already.</Empty> : null}
        <ul className="rows">
          {found.map((one) => <CandidateRow key={one.helper} one={one} name={names.helper(one.helper)} canTake={free > 0} onTake={() => void assign(one.helper)} />)}
        </ul>
      </div>
    </Sheet>
  );
}

const STANDING = { free: ["good", "Free"], unknown: ["plain", "Not known: ask"], conflicts: null } as const;

interface RowProps {
  one: Candidate;
  name: string;
  canTake: boolean;
  onTake: () => void;
}

function CandidateRow({ one, name, canTake, onTake }: RowProps) {
  const standing = STANDING[one.standing];
  const against = one.new.filter((c) => !isOpenPlace(c));
  const facts = [...reasons(one), ...(one.minutes_in_event > 0 ? [`${length(one.minutes_in_event)} so far`] : []), ...(one.way && one.way.minutes > 0 ? [`${one.way.minutes} min ${one.way.type === "home" ? "from home" : "from their other shift"}`] : [])];
  return (
    <li className="row">
      <span className="grow">
        <strong>{name}</strong>
        {standing ? <Mark tone={standing[0]}>{standing[1]}</Mark> : null}
        {against[0] ? <SeverityMark severity={against[0].severity}>{against[0].text}</SeverityMark> : null}
        {against.length > 1 ? <small>and {against.length - 1} more</small> : null}
        {facts.length > 0 ? <small className="num">{facts.join(" · ")}</small> : null}
      </span>
      {canTake ? <Action kind={one.standing === "free" ? "main" : "plain"} label={`Put on: ${name}`} onPress={onTake}>Put on</Action> : null}
    </li>
  );
}

function reasons(one: Candidate): string[] {
  return one.reasons.flatMap((reason) => {
    switch (reason.type) {
      case "likes": return [`likes ${reason.what}`];
      case "skills": return [`knows ${reason.has.join(", ")}`];
      case "knows_role": return [`does ${reason.role} elsewhere`];
      case "declined": return ["declined this shift"];
      case "not_readable": return ["said nothing of their time"];
      case "not_asked": return [`not asked about ${shortDay(reason.date)}`];
    }
  });
}

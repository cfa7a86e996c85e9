/** The sheet of one shift: from the bottom on a phone, beside the plan on a wide screen. */
import type { Assignment, EventHandle } from "@wedsync/core";
import { Ban, Move, RotateCcw } from "lucide-react";
import { lookers } from "../lib/presence";
import { length, duration, longDay, span, dateOf } from "../lib/time";
import { figures } from "../lib/state";
import { Action } from "../parts/controls";
import { OwnActions } from "../parts/own-actions";
import { Panel } from "../parts/panel";
import { Looking } from "../parts/presence";
import { useAct, useMay, useNames, useStore } from "../workspace";
import { StaffingMark } from "./event-list";
import { HistoryFold } from "./history";
import { ShiftConflicts } from "./shift-conflicts";
import { ShiftFacts, ShiftFields } from "./shift-fields";
import { ShiftHelpers } from "./shift-helpers";
import { ShiftNotes } from "./shift-notes";

interface Props {
  event: EventHandle;
  id: string | null;
  onClose: () => void;
  onMove: (shift: string) => void;
  onOpen: (shift: string) => void;
  wide: boolean;
}

export function ShiftPanel({ event, id, onClose, onMove, onOpen, wide }: Props) {
  const assignments = useStore(event.assignments);
  const shift = id ? assignments.find((a) => a.id === id) : undefined;
  if (!id) return null;
  const title = shift?.title ?? "Shift";
  const body = shift ? <ShiftContent key={id} event={event} shift={shift} all={assignments} onOpen={onOpen} /> : <p>This shift is not in the plan on this device.</p>;
  const foot = shift ? <ShiftActions event={event} shift={shift} onMove={onMove} /> : null;
  return <Panel title={title} foot={foot} wide={wide} onClose={onClose}>{body}</Panel>;
}

interface ContentProps {
  event: EventHandle;
  shift: Assignment;
  all: readonly Assignment[];
  onOpen: (shift: string) => void;
}

function ShiftContent({ event, shift, all, onOpen }: ContentProps) {
  const names = useNames();
  const may = useMay();
  const archived = useStore(event.summary)?.archived ?? false;
  const canEdit = may.plan && !archived;
  const looking = lookers(useStore(event.presence)).get(shift.id);
  return (
    <div className="stack">
      <p className="shift-summary num">
        <span>{longDay(dateOf(shift.start))}</span>
        <strong>{span(shift.start, shift.end)}</strong>
        <span>{length(duration(shift.start, shift.end))}</span>
        {shift.place ? <span>{names.place(shift.place)}</span> : null}
        <span className="shift-figures"><b>{figures(shift)}</b> <StaffingMark shift={shift} /></span>
        <Looking names={looking} />
      </p>
      {may.acting && !archived ? <OwnActions event={event} shift={shift} me={may.acting} /> : null}
      <ShiftConflicts event={event} shift={shift.id} onOpen={onOpen} />
      <ShiftHelpers event={event} shift={shift} all={all} canEdit={canEdit} />
      <ShiftNotes event={event} shift={shift} canWrite={may.write && !archived} />
      {canEdit ? <ShiftFields event={event} shift={shift} /> : <ShiftFacts shift={shift} />}
      <HistoryFold event={event.id} assignment={shift.id} />
    </div>
  );
}

function ShiftActions({ event, shift, onMove }: { event: EventHandle; shift: Assignment; onMove: (shift: string) => void }) {
  const act = useAct();
  const may = useMay();
  const archived = useStore(event.summary)?.archived ?? false;
  if (!may.plan || archived) return null;
  const cancelled = shift.status === "cancelled";
  const toggle = () => void act(() => event.do({ type: "cancel_assignment", assignment: shift.id, cancelled: !cancelled }));
  return (
    <>
      {cancelled ? null : <Action icon={<Move aria-hidden size={18} />} onPress={() => onMove(shift.id)}>Move</Action>}
      <Action kind={cancelled ? "main" : "danger"} icon={cancelled ? <RotateCcw aria-hidden size={18} /> : <Ban aria-hidden size={18} />} onPress={toggle}>
        {cancelled ? "Bring back" : "Cancel shift"}
      </Action>
    </>
  );
}

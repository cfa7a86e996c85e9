/** The sheet of one shift: from the bottom on a phone, beside the plan on a wide screen. */
import type { Assignment, EventHandle } from "@wedsync/core";
import { Ban, Move, RotateCcw, X } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import { length, duration, longDay, span, dateOf } from "../lib/time";
import { figures } from "../lib/state";
import { Action, IconAction } from "../parts/controls";
import { OwnActions } from "../parts/own-actions";
import { Sheet } from "../parts/sheet";
import { useAct, useMay, useNames, useStore } from "../workspace";
import { StaffingMark } from "./event-list";
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

export function ShiftPanel({ event, id, onClose, onMove, wide }: Props) {
  const assignments = useStore(event.assignments);
  const shift = id ? assignments.find((a) => a.id === id) : undefined;
  if (!id) return null;
  const title = shift?.title ?? "Shift";
  const body = shift ? <ShiftContent key={id} event={event} shift={shift} all={assignments} /> : <p>This shift is not in the plan on this device.</p>;
  const foot = shift ? <ShiftActions event={event} shift={shift} onMove={onMove} /> : null;
  if (wide) return <SidePanel title={title} foot={foot} onClose={onClose}>{body}</SidePanel>;
  return <Sheet title={title} isOpen onClose={onClose} foot={foot}>{body}</Sheet>;
}

interface SidePanelProps {
  title: string;
  foot: ReactNode;
  onClose: () => void;
  children: ReactNode;
}

/** Not modal: the plan beside it stays in use. Escape closes it and gives the focus back. */
function SidePanel({ title, foot, onClose, children }: SidePanelProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    heading.current?.focus({ preventScroll: true });
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  return (
    <aside
      className="side-panel"
      aria-label={title}
      onKeyDown={(event) => {
        // Escape in a field whose list is open closes the list only.
        const listIsOpen = event.target instanceof Element && event.target.getAttribute("aria-expanded") === "true";
        if (event.key === "Escape" && !event.defaultPrevented && !listIsOpen) onClose();
      }}
    >
      <header className="sheet-head">
        <h2 tabIndex={-1} ref={heading}>{title}</h2>
        <IconAction label="Close" onPress={onClose}><X aria-hidden size={22} /></IconAction>
      </header>
      <div className="sheet-body">{children}</div>
      {foot ? <footer className="sheet-foot">{foot}</footer> : null}
    </aside>
  );
}

interface ContentProps {
  event: EventHandle;
  shift: Assignment;
  all: readonly Assignment[];
}

function ShiftContent({ event, shift, all }: ContentProps) {
  const names = useNames();
  const may = useMay();
  const archived = useStore(event.summary)?.archived ?? false;
  const canEdit = may.plan && !archived;
  return (
    <div className="stack">
      <p className="shift-summary num">
        <span>{longDay(dateOf(shift.start))}</span>
        <strong>{span(shift.start, shift.end)}</strong>
        <span>{length(duration(shift.start, shift.end))}</span>
        {shift.place ? <span>{names.place(shift.place)}</span> : null}
        <span className="shift-figures"><b>{figures(shift)}</b> <StaffingMark shift={shift} /></span>
      </p>
      {may.acting && !archived ? <OwnActions event={event} shift={shift} me={may.acting} /> : null}
      <ShiftHelpers event={event} shift={shift} all={all} canEdit={canEdit} />
      <ShiftNotes event={event} shift={shift} canWrite={may.write && !archived} />
      {canEdit ? <ShiftFields event={event} shift={shift} /> : <ShiftFacts shift={shift} />}
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

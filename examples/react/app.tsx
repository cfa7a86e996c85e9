/** Events, the shifts of one, and what became of one's edits. */
import type { Assignment } from "@wedsync/core";
import { useAssignments, useConflicts, useDo, useEvent, useEvents, useHelpers, usePresence, useReceipts, useShowPresence, useStatus, useWorkspace } from "@wedsync/core/react";
import { memo, useMemo, useState } from "react";
import { Note } from "./note";
import { Refusals } from "./refusals";

export function App() {
  const [event, setEvent] = useState<string | null>(null);
  return (
    <>
      <StatusLine />
      <Refusals />
      {event ? <Event id={event} onBack={() => setEvent(null)} /> : <Events onOpen={setEvent} />}
    </>
  );
}

function StatusLine() {
  const workspace = useWorkspace();
  const { connection, pending } = useStatus();
  const stored = useReceipts().filter((receipt) => receipt.state === "stored").length;
  return (
    <>
      <p role="status">{connection}, {pending} waiting, {stored} stored</p>
      {connection === "offline" ? <button onClick={() => workspace.syncNow()}>Try again now</button> : null}
    </>
  );
}

function Events({ onOpen }: { onOpen: (event: string) => void }) {
  const events = useEvents();
  return (
    <ul>
      {events.map((event) => (
        <li key={event.id}><button onClick={() => onOpen(event.id)}>{event.title}</button></li>
      ))}
    </ul>
  );
}

function Event({ id, onBack }: { id: string; onBack: () => void }) {
  const summary = useEvent(id);
  const shifts = useAssignments(id);
  const conflicts = useConflicts(id);
  const [chosen, setChosen] = useState<string | null>(null);
  const others = usePresence(id).filter((peer) => !peer.self);
  useShowPresence(id, chosen ? { assignment: chosen } : {});
  return (
    <main>
      <button onClick={onBack}>All events</button>
      <h1>{summary?.title ?? "This event is gone"}</h1>
      <p>{shifts.length} shifts, {conflicts.length} conflicts</p>
      {others.length > 0 ? <p>Also here: {others.map((peer) => peer.name).join(", ")}</p> : null}
      <ul>
        {shifts.map((shift) => <Shift key={shift.id} event={id} shift={shift} onChoose={setChosen} />)}
      </ul>
      {chosen ? <Note key={chosen} event={id} assignment={chosen} /> : null}
    </main>
  );
}

interface ShiftProps {
  event: string;
  shift: Assignment;
  onChoose: (shift: string) => void;
}

/** `memo` does the rest: a shift that did not change is the same object, and its row is not rendered again. */
const Shift = memo(function Shift({ event, shift, onChoose }: ShiftProps) {
  const { helper } = useStatus();
  const helpers = useHelpers();
  const names = useMemo(() => new Map(helpers.map((each) => [each.id, each.name])), [helpers]);
  const [edit, { state, error }] = useDo();
  const own = shift.assigned.find((each) => each.helper === helper);
  return (
    <li>
      {shift.start.slice(11, 16)} <button onClick={() => onChoose(shift.id)}>{shift.title}</button>{" "}
      {shift.assigned.map((each) => names.get(each.helper)).join(", ")}{" "}
      {own ? null : <button onClick={() => void edit({ type: "claim", event, assignment: shift.id })}>Take {shift.title}</button>}
      {state === "none" ? null : <output>{state}</output>}
      {error ? <span role="alert">{error.message}</span> : null}
    </li>
  );
});

/** Time off: asked for by a helper, approved or rejected by a coordinator. */
import { type TimeOff, newId } from "@wedsync/core";
import { useState } from "react";
import { deviceZone, shortDay, dateOf, span, today } from "../lib/time";
import { Action, Empty, Field, Mark } from "../parts/controls";
import { Sheet } from "../parts/sheet";
import { errorInfo, useDo, useStore, useWorkspace, watch } from "../workspace";
import { withoutNulls } from "./event-form";

interface Props {
  helper: string;
  timeOff: readonly TimeOff[];
  canDecide: boolean;
}

const TONES = { requested: "warn", approved: "good", rejected: "bad" } as const;

export function TimeOffSection({ helper, timeOff, canDecide }: Props) {
  const act = useDo();
  const [adding, setAdding] = useState(false);
  const decide = (id: string, approved: boolean) => void act({ type: "decide_time_off", helper, time_off: id, approved });
  return (
    <section aria-labelledby="time-off">
      <h2 id="time-off">Time off</h2>
      {timeOff.length === 0 ? <Empty>None.</Empty> : null}
      <ul className="rows">
        {timeOff.map((t) => (
          <li key={t.id} className="row wrap">
            <span className="grow">
              <strong className="num">{shortDay(dateOf(t.start))} {span(t.start, t.end)}</strong>
              {t.reason ? <small>{t.reason}</small> : null}
              <Mark tone={TONES[t.status]}>{t.status}</Mark>
            </span>
            <span className="row-actions">
              {canDecide && t.status !== "approved" ? <Action kind="main" onPress={() => decide(t.id, true)}>Approve</Action> : null}
              {canDecide && t.status === "requested" ? <Action onPress={() => decide(t.id, false)}>Reject</Action> : null}
              <Action onPress={() => void act({ type: "remove_time_off", helper, time_off: t.id })}>Remove</Action>
            </span>
          </li>
        ))}
      </ul>
      <Action onPress={() => setAdding(true)}>{canDecide ? "Add time off" : "Ask for time off"}</Action>
      {adding ? <TimeOffSheet helper={helper} canDecide={canDecide} onClose={() => setAdding(false)} /> : null}
    </section>
  );
}

function TimeOffSheet({ helper, canDecide, onClose }: { helper: string; canDecide: boolean; onClose: () => void }) {
  const ws = useWorkspace();
  const events = useStore(ws.events);
  const [start, setStart] = useState(`${today()}T08:00`);
  const [end, setEnd] = useState(`${today()}T18:00`);
  const [reason, setReason] = useState("");
  const [error, setError] = useState<string | null>(null);
  // The zone of an event on that day, else the device's.
  const zone = events.find((e) => e.first_day <= dateOf(start) && dateOf(start) <= e.last_day)?.zone ?? deviceZone();
  const save = async () => {
    try {
      watch(
        await ws.do({
          type: "add_time_off", helper, time_off: newId(),
          fields: withoutNulls({ start: start.slice(0, 16), end: end.slice(0, 16), zone, reason: reason.trim() || null }),
        }),
      );
      onClose();
    } catch (failure) {
      setError(errorInfo(failure).message);
    }
  };
  return (
    <Sheet title={canDecide ? "Add time off" : "Ask for time off"} isOpen onClose={onClose} foot={<Action kind="main" onPress={() => void save()}>{canDecide ? "Add" : "Ask"}</Action>}>
      <div className="stack">
        <div className="pair times">
          <Field label="From" type="datetime-local" value={start} onChange={setStart} />
          <Field label="To" type="datetime-local" value={end} onChange={setEnd} />
        </div>
        <Field label="Reason" value={reason} onChange={setReason} hint={`Times are local in ${zone}.`} />
        {error ? <p className="field-error" role="alert">{error}</p> : null}
      </div>
    </Sheet>
  );
}

/** Time off: asked for by a helper, approved or rejected by a coordinator; once, or again and again. */
import type { TimeOff } from "@wedsync/core";
import { useState } from "react";
import { timeOffWords } from "../lib/availability";
import { isOver, repeatWords } from "../lib/repeat";
import { dateOf, shortDay, today } from "../lib/time";
import { Action, Empty, Mark } from "../parts/controls";
import { useDo } from "../workspace";
import { TimeOffSheet } from "./time-off-sheet";

interface Props {
  helper: string;
  timeOff: readonly TimeOff[];
  canDecide: boolean;
}

const TONES = { requested: "warn", approved: "good", rejected: "bad" } as const;

export function TimeOffSection({ helper, timeOff, canDecide }: Props) {
  const [chosen, setChosen] = useState<TimeOff | "new" | null>(null);
  const now = today();
  const over = timeOff.filter((t) => isOver(t, now));
  const ahead = timeOff.filter((t) => !over.includes(t));
  const row = (t: TimeOff) => <TimeOffRow key={t.id} helper={helper} time={t} canDecide={canDecide} onChange={() => setChosen(t)} />;
  return (
    <section aria-labelledby="time-off">
      <h2 id="time-off">Time off</h2>
      {ahead.length === 0 ? <Empty>None.</Empty> : null}
      <ul className="rows">{ahead.map(row)}</ul>
      <Action onPress={() => setChosen("new")}>{canDecide ? "Add time off" : "Ask for time off"}</Action>
      {over.length > 0 ? (
        <details className="fold">
          <summary>Over <span className="count">{over.length}</span></summary>
          <ul className="rows">{over.map(row)}</ul>
        </details>
      ) : null}
      {chosen ? <TimeOffSheet helper={helper} time={chosen === "new" ? null : chosen} canDecide={canDecide} onClose={() => setChosen(null)} /> : null}
    </section>
  );
}

interface RowProps {
  helper: string;
  time: TimeOff;
  canDecide: boolean;
  onChange: () => void;
}

function TimeOffRow({ helper, time, canDecide, onChange }: RowProps) {
  const act = useDo();
  const decide = (approved: boolean) => void act({ type: "decide_time_off", helper, time_off: time.id, approved });
  const words = timeOffWords(time);
  const again = repeatWords(time);
  return (
    <li className="row wrap">
      <span className="grow">
        <strong className="num">{words}</strong>
        {again ? <span>{again}</span> : null}
        {time.except.length > 0 ? <small>Not on {time.except.map((start) => shortDay(dateOf(start))).join(", ")}</small> : null}
        {time.instance ? <small>In the place of {shortDay(dateOf(time.instance))}</small> : null}
        {time.reason ? <small>{time.reason}</small> : null}
        <Mark tone={TONES[time.status]}>{time.status}</Mark>
      </span>
      <span className="row-actions">
        {canDecide && time.status !== "approved" ? <Action kind="main" onPress={() => decide(true)}>Approve</Action> : null}
        {canDecide && time.status === "requested" ? <Action onPress={() => decide(false)}>Reject</Action> : null}
        <Action label={`Change time off, ${words}`} onPress={onChange}>Change</Action>
      </span>
    </li>
  );
}

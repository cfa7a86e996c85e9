/** The day as a run-sheet: shifts by the hour they start. */
import type { Assignment, EventHandle } from "@wedsync/core";
import { memo, useMemo } from "react";
import { type Flag, flagWords, flags as flagsOf } from "../lib/conflicts";
import { byHour } from "../lib/filter";
import { lookers } from "../lib/presence";
import { STATUS_WORDS, figures, staffing, staffingWords } from "../lib/state";
import { clockOf, dateOf } from "../lib/time";
import { Empty, Mark } from "../parts/controls";
import { OwnActions } from "../parts/own-actions";
import { Looking } from "../parts/presence";
import { SeverityMark } from "../parts/severity";
import { type Names, useConflicts, useMay, useNames, useStore } from "../workspace";

interface Props {
  event: EventHandle;
  shifts: readonly Assignment[];
  day: string;
  chosen: string | null;
  total: number;
  onOpen: (shift: string) => void;
}

export function EventList({ event, shifts, day, chosen, total, onOpen }: Props) {
  const names = useNames();
  const { helper, acting, plan } = useMay();
  const conflicts = useConflicts(event);
  const flags = useMemo(() => flagsOf(conflicts, event.id).shifts, [conflicts, event.id]);
  const peers = useStore(event.presence);
  const looking = useMemo(() => lookers(peers), [peers]);
  const groups = useMemo(() => byHour(shifts, day), [shifts, day]);
  if (groups.length === 0) {
    return <Empty>{total === 0 ? "No shifts yet. Make one, or import them from a CSV file in the menu." : "No shift here. Choose another day, or clear the filter."}</Empty>;
  }
  return (
    <div className="run-sheet">
      {groups.map((group) => (
        <section key={group.hour ?? "before"} className="hour" style={{ containIntrinsicSize: `auto ${36 + group.shifts.length * 72}px` }}>
          <h2 className="num">{group.hour ?? "From the day before"}</h2>
          <ul>
            {group.shifts.map((shift) => (
              <ShiftRow key={shift.id} event={event} shift={shift} names={names} me={helper} canAct={acting !== null} canTake={!plan} day={day} isChosen={shift.id === chosen} flag={flags.get(shift.id)} looking={looking.get(shift.id)} onOpen={onOpen} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

interface RowProps {
  event: EventHandle;
  shift: Assignment;
  names: Names;
  me: string | null;
  canAct: boolean;
  /** Whether free places are offered in the row; planners find that on the shift's sheet. */
  canTake: boolean;
  day: string;
  isChosen: boolean;
  flag: Flag | undefined;
  /** Who else looks at it now. */
  looking: string | undefined;
  onOpen: (shift: string) => void;
}

const ShiftRow = memo(function ShiftRow({ event, shift, names, me, canAct, canTake, day, isChosen, flag, looking, onOpen }: RowProps) {
  const place = names.place(shift.place);
  const who = shift.assigned.filter((x) => x.status !== "declined");
  return (
    <li className={`shift shift-${staffing(shift)}`}>
      <button type="button" className="shift-open" aria-current={isChosen || undefined} onClick={() => onOpen(shift.id)}>
        <span className="shift-time num"><span>{clockOf(shift.start)}</span><span>–{clockOf(shift.end)}{dateOf(shift.end) > day ? <small> +1</small> : null}</span></span>
        <span className="shift-what">
          <strong>{shift.title}</strong>
          {place ? <span className="shift-place">{place}</span> : null}
          {who.length > 0 ? (
            <span className="shift-who">
              {who.map((x, i) => (
                <span key={x.helper}>
                  <span className={x.helper === me ? "me" : undefined}>{names.helper(x.helper)}</span>
                  {x.status === "accepted" ? "" : ` (${STATUS_WORDS[x.status]})`}{i < who.length - 1 ? ", " : ""}
                </span>
              ))}
            </span>
          ) : null}
          {flag ? <SeverityMark severity={flag.severity}>{flagWords(flag)}</SeverityMark> : null}
          <Looking names={looking} />
        </span>
        <span className="shift-state"><b className="num">{figures(shift)}</b><StaffingMark shift={shift} /></span>
      </button>
      {me && canAct && (canTake || shift.assigned.some((x) => x.helper === me)) ? <OwnActions event={event} shift={shift} me={me} /> : null}
    </li>
  );
});

const TONES = { short: "warn", ok: "good", full: "good", cancelled: "bad" } as const;

export function StaffingMark({ shift }: { shift: Assignment }) {
  return <Mark tone={TONES[staffing(shift)]}>{staffingWords(shift)}</Mark>;
}

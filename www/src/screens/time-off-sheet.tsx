/** A time off to ask for or to change: when, how often, and on which dates not. */
import { type Fields, type TimeOff, newId } from "@wedsync/core";
import { Check } from "lucide-react";
import { useState } from "react";
import { Checkbox } from "react-aria-components";
import { wholeDays } from "../lib/availability";
import { type Every, fromRule, nextDays, startOn, toRule } from "../lib/repeat";
import { addDays, dateOf, deviceZone, shortDay, today } from "../lib/time";
import { Action, Choice, Field, type Option } from "../parts/controls";
import { Sheet } from "../parts/sheet";
import { errorInfo, useStore, useWorkspace, watch } from "../workspace";
import { withoutNulls } from "./event-form";

interface Props {
  helper: string;
  /** Null for a new one. */
  time: TimeOff | null;
  canDecide: boolean;
  onClose: () => void;
}

const EVERY: readonly Option<Every | "rule">[] = [
  { id: "once", label: "Once" },
  { id: "week", label: "Every week" },
  { id: "two_weeks", label: "Every two weeks" },
  { id: "month", label: "Every month" },
];
/** So many next dates are offered to be left out. */
const NEXT = 8;

export function TimeOffSheet({ helper, time, canDecide, onClose }: Props) {
  const ws = useWorkspace();
  const form = useForm(helper, time);
  const [error, setError] = useState<{ message: string; field?: string | null } | null>(null);
  const at = (...fields: string[]) => (error?.field && fields.includes(error.field) ? error.message : null);

  const run = async (edit: () => ReturnType<typeof ws.do> | null) => {
    try {
      const made = edit();
      if (made) watch(await made);
      onClose();
    } catch (failure) {
      setError(errorInfo(failure));
    }
  };
  const save = () =>
    run(() => {
      if (!time) return ws.do({ type: "add_time_off", helper, time_off: newId(), fields: withoutNulls(form.fields) });
      const set = changed(time, form.fields);
      return Object.keys(set).length > 0 ? ws.do({ type: "update_time_off", helper, time_off: time.id, set }) : null;
    });
  const remove = () => time && void run(() => ws.do({ type: "remove_time_off", helper, time_off: time.id }));

  const title = time ? "Time off" : canDecide ? "Add time off" : "Ask for time off";
  const shown = ["start", "end", "zone", "reason", "repeat", "except"];
  return (
    <Sheet
      title={title} isOpen onClose={onClose}
      foot={
        <>
          {time ? <Action kind="danger" onPress={remove}>Remove</Action> : null}
          <Action kind="main" onPress={() => void save()}>{time ? "Save" : canDecide ? "Add" : "Ask"}</Action>
        </>
      }
    >
      <div className="stack">
        <Checkbox className="check" isSelected={form.isWhole} onChange={form.setWhole}>
          <span className="check-box">{form.isWhole ? <Check aria-hidden size={18} /> : null}</span> Whole days
        </Checkbox>
        {form.isWhole ? (
          <div className="pair">
            <Field label="First day" type="date" value={form.first} onChange={form.setFirst} error={at("start", "zone")} />
            <Field label="Last day" type="date" value={form.last} onChange={form.setLast} error={at("end")} />
          </div>
        ) : (
          <div className="pair times">
            <Field label="From" type="datetime-local" value={form.start} onChange={form.setStart} error={at("start", "zone")} />
            <Field label="To" type="datetime-local" value={form.end} onChange={form.setEnd} error={at("end")} />
          </div>
        )}
        {time?.series ? null : <RepeatFields form={form} error={at("repeat")} />}
        {time ? <Except form={form} error={at("except")} /> : null}
        <Field label="Reason" value={form.reason} onChange={form.setReason} hint={`Times are local in ${form.zone}.`} error={at("reason")} />
        {time?.status === "approved" && !canDecide ? <p className="hint">It is approved. If you change when it is, you ask anew.</p> : null}
        {error && !at(...shown) ? <p className="field-error" role="alert">{error.message}</p> : null}
      </div>
    </Sheet>
  );
}

type Form = ReturnType<typeof useForm>;

function RepeatFields({ form, error }: { form: Form; error: string | null }) {
  const options = form.every === "rule" ? [...EVERY, { id: "rule" as const, label: `By the rule ${form.rule}` }] : EVERY;
  return (
    <div className="pair times">
      <Choice label="Repeats" options={options} value={form.every} onChange={form.setEvery} error={error} />
      {form.every === "once" || form.every === "rule" ? null : (
        <Field label="Until" type="date" value={form.until} onChange={form.setUntil} hint={form.until ? null : "Empty: with no end"} />
      )}
    </div>
  );
}

function Except({ form, error }: { form: Form; error: string | null }) {
  const next = form.nextDays();
  if (next.length === 0) return null;
  return (
    <section aria-labelledby="except">
      <h3 id="except">Next dates</h3>
      <ul className="rows">
        {next.map((day) => {
          const isOut = form.isOut(day);
          return (
            <li key={day} className="row">
              <span className="grow num">{isOut ? <s>{shortDay(day)}</s> : shortDay(day)}{isOut ? <small>left out</small> : null}</span>
              <Action label={`${isOut ? "Put back" : "Leave out"} ${shortDay(day)}`} onPress={() => form.toggle(day)}>{isOut ? "Put back" : "Leave out"}</Action>
            </li>
          );
        })}
      </ul>
      {error ? <p className="field-error" role="alert">{error}</p> : null}
    </section>
  );
}

/** What the fields hold, and what of it goes into the plan. */
function useForm(helper: string, time: TimeOff | null) {
  const ws = useWorkspace();
  const events = useStore(ws.events);
  const home = ws.person(helper).facts.get()?.limits.zone;
  const days = time ? wholeDays(time) : null;
  const repeat = time ? fromRule(time.repeat, time.zone) : null;
  const [start, setStart] = useState(time?.start ?? `${today()}T08:00`);
  const [end, setEnd] = useState(time?.end ?? `${today()}T18:00`);
  const [isWhole, setWhole] = useState(days !== null);
  const [first, setFirst] = useState(days?.[0] ?? dateOf(start));
  const [last, setLast] = useState(days?.[1] ?? dateOf(end));
  const [every, setEvery] = useState<Every | "rule">(repeat?.every ?? (time?.repeat ? "rule" : "once"));
  const [until, setUntil] = useState(repeat?.until ?? "");
  const [out, setOut] = useState<readonly string[]>(time?.except ?? []);
  const [reason, setReason] = useState(time?.reason ?? "");
  // Of an event on that day, else of the helper's home, else the device's.
  const onDay = events.find((e) => e.first_day <= dateOf(start) && dateOf(start) <= e.last_day);
  const zone = time?.zone ?? onDay?.zone ?? home ?? deviceZone();

  const rule = every === "rule" ? (time?.repeat ?? "") : toRule({ every, until: until || null }, zone);
  const span = isWhole
    ? { start: `${first}T00:00`, end: `${last ? addDays(last, 1) : ""}T00:00` }
    : { start: start.slice(0, 16), end: end.slice(0, 16) };
  // A date that is left out is named by its start: it follows when the start moves to another hour.
  const except = rule ? out.map((each) => startOn(span, dateOf(each))) : [];
  const fields: Fields = {
    ...span, zone, reason: reason.trim() || null, repeat: rule || null, except: except.length > 0 ? except : null,
  };
  return {
    start, setStart, end, setEnd, isWhole, first, last, setLast, every, setEvery, until, setUntil, reason, setReason, rule, zone, fields,
    setWhole: (whole: boolean) => {
      setWhole(whole);
      if (!whole) return;
      setFirst(dateOf(start));
      setLast(dateOf(end));
    },
    setFirst: (day: string) => {
      setFirst(day);
      if (last < day) setLast(day);
    },
    nextDays: () => nextDays({ ...span, zone, repeat: rule }, today(zone), NEXT),
    isOut: (day: string) => out.some((each) => dateOf(each) === day),
    toggle: (day: string) => setOut(out.some((each) => dateOf(each) === day) ? out.filter((each) => dateOf(each) !== day) : [...out, startOn(span, day)]),
  };
}

/** What differs from the time off as it is; absent, empty and null are one. */
function changed(time: TimeOff, fields: Fields): Fields {
  const now = time as unknown as Record<string, unknown>;
  const same = (a: unknown, b: unknown) => JSON.stringify(plain(a)) === JSON.stringify(plain(b));
  return Object.fromEntries(Object.entries(fields).filter(([field, value]) => !same(now[field], value)));
}

const plain = (value: unknown) => (value === "" || value === undefined || (Array.isArray(value) && value.length === 0) ? null : Array.isArray(value) ? value.toSorted() : value);

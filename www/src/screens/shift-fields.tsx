/** The facts of a shift: fields for planners, each saved by itself; plain words for all others. */
import type { Assignment, EventHandle, Fields, Value } from "@wedsync/core";
import { useState } from "react";
import { Checkbox } from "react-aria-components";
import { Check } from "lucide-react";
import { civil, duration, minutes } from "../lib/time";
import { PlaceChoice } from "../parts/place-choice";
import { SaveField, asInteger, asWords, useSaidSaved } from "../parts/save-field";
import { errorInfo, watch } from "../workspace";

interface Props {
  event: EventHandle;
  shift: Assignment;
}

const asTime = (text: string): { value: Value } | { error: string } =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text) ? { value: text.slice(0, 16) } : { error: "A date and a time, such as 15 July, 07:30." };

export function ShiftFields({ event, shift }: Props) {
  const set = (fields: Fields) => event.do({ type: "update_assignment", assignment: shift.id, set: fields });
  const move = (start: string, end: string) => event.do({ type: "move_assignment", assignment: shift.id, set: { start, end } });
  return (
    <section className="stack" aria-labelledby="shift-facts">
      <h3 id="shift-facts">Facts</h3>
      <SaveField label="Title" value={shift.title} save={(title) => set({ title: title ?? "" })} />
      <div className="pair times">
        <SaveField
          label="Start" type="datetime-local" value={shift.start} parse={asTime} hint="The end moves along."
          save={(start) => move(String(start), civil(minutes(String(start)) + duration(shift.start, shift.end)))}
        />
        <SaveField label="End" type="datetime-local" value={shift.end} parse={asTime} save={(end) => move(shift.start, String(end))} />
      </div>
      <div className="pair">
        <SaveField label="Helpers, at least" inputMode="numeric" value={`${shift.helpers_min}`} parse={asInteger} save={(n) => set({ helpers_min: n })} />
        <SaveField label="Helpers, at most" inputMode="numeric" value={`${shift.helpers_max}`} parse={asInteger} save={(n) => set({ helpers_max: n })} />
      </div>
      <SavePlace shift={shift} save={(place) => set({ place })} />
      <div className="pair">
        <SaveField label="Team" value={shift.team ?? ""} save={(team) => set({ team })} />
        <SaveField label="Role" value={shift.role ?? ""} save={(role) => set({ role })} />
      </div>
      <div className="pair">
        <SaveField label="Preparation, minutes" inputMode="numeric" value={`${shift.preparation}`} parse={asInteger} save={(n) => set({ preparation: n })} />
        <SaveField label="Tear-down, minutes" inputMode="numeric" value={`${shift.tear_down}`} parse={asInteger} save={(n) => set({ tear_down: n })} />
      </div>
      <SaveField label="Skills needed" value={shift.skills.join(", ")} parse={asWords} hint="Separated by commas" save={(skills) => set({ skills })} />
      <SaveCheck label="Adults only" value={shift.adults_only} save={(adults_only) => set({ adults_only })} />
      <SaveField label="Note" lines={3} value={shift.note ?? ""} save={(note) => set({ note })} />
    </section>
  );
}

interface SaveProps<V> {
  save: (value: V) => ReturnType<EventHandle["do"]>;
}

function useSave<V>(save: SaveProps<V>["save"]) {
  const [error, setError] = useState<string | null>(null);
  const { saved, say } = useSaidSaved();
  const run = async (value: V) => {
    try {
      watch(await save(value));
      setError(null);
      say();
    } catch (failure) {
      setError(errorInfo(failure).message);
    }
  };
  return { error, saved, run: (value: V) => void run(value) };
}

function SavePlace({ shift, save }: { shift: Assignment } & SaveProps<string | null>) {
  const { error, saved, run } = useSave(save);
  return (
    <div>
      <PlaceChoice value={shift.place ?? null} onChange={run} error={error} />
      <span role="status" className="hint">{saved ? "Saved here" : ""}</span>
    </div>
  );
}

function SaveCheck({ label, value, save }: { label: string; value: boolean } & SaveProps<boolean>) {
  const { error, saved, run } = useSave(save);
  return (
    <div>
      <Checkbox className="check" isSelected={value} onChange={run}>
        <span className="check-box">{value ? <Check aria-hidden size={18} /> : null}</span> {label}
      </Checkbox>
      <span role="status" className="hint">{saved ? "Saved here" : ""}</span>
      {error ? <p className="field-error" role="alert">{error}</p> : null}
    </div>
  );
}

export function ShiftFacts({ shift }: { shift: Assignment }) {
  const facts: [string, string][] = [
    ["Team", shift.team ?? ""],
    ["Role", shift.role && shift.role !== shift.title ? shift.role : ""],
    ["Preparation", shift.preparation ? `${shift.preparation} min before` : ""],
    ["Tear-down", shift.tear_down ? `${shift.tear_down} min after` : ""],
    ["Skills needed", shift.skills.join(", ")],
    ["Adults only", shift.adults_only ? "Yes" : ""],
    ["Note", shift.note ?? ""],
  ];
  const known = facts.filter(([, value]) => value);
  if (known.length === 0) return null;
  return (
    <section className="stack" aria-labelledby="shift-facts">
      <h3 id="shift-facts">Facts</h3>
      <dl className="facts">{known.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>
    </section>
  );
}

/** The facts of a shift: fields for planners, each saved by itself; plain words for all others. */
import type { Assignment, EventHandle, Fields, Value } from "@wedsync/core";
import { civil, clockOf, duration, minutes } from "../lib/time";
import { comesTwice } from "../lib/zone";
import { PlaceChoice } from "../parts/place-choice";
import { SaveCheck, SaveChoice, SaveField, type SaveProps, asInteger, asWords, useSave } from "../parts/save-field";

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
      <SaveField field="title" label="Title" value={shift.title} save={(title) => set({ title: title ?? "" })} />
      <div className="pair times">
        <SaveField
          field="start" label="Start" type="datetime-local" value={shift.start} parse={asTime} hint="The end moves along."
          save={(start) => move(String(start), civil(minutes(String(start)) + duration(shift.start, shift.end)))}
        />
        <SaveField field="end" label="End" type="datetime-local" value={shift.end} parse={asTime} save={(end) => move(shift.start, String(end))} />
      </div>
      <div className="pair">
        <SaveField field="helpers_min" label="Helpers, at least" inputMode="numeric" value={`${shift.helpers_min}`} parse={asInteger} save={(n) => set({ helpers_min: n })} />
        <SaveField field="helpers_max" label="Helpers, at most" inputMode="numeric" value={`${shift.helpers_max}`} parse={asInteger} save={(n) => set({ helpers_max: n })} />
      </div>
      <Folds shift={shift} save={(fold) => set({ fold })} />
      <SavePlace shift={shift} save={(place) => set({ place })} />
      <div className="pair">
        <SaveField field="team" label="Team" value={shift.team ?? ""} save={(team) => set({ team })} />
        <SaveField field="role" label="Role" value={shift.role ?? ""} save={(role) => set({ role })} />
      </div>
      <div className="pair">
        <SaveField field="preparation" label="Preparation, minutes" inputMode="numeric" value={`${shift.preparation}`} parse={asInteger} save={(n) => set({ preparation: n })} />
        <SaveField field="tear_down" label="Tear-down, minutes" inputMode="numeric" value={`${shift.tear_down}`} parse={asInteger} save={(n) => set({ tear_down: n })} />
      </div>
      <SaveField field="skills" label="Skills needed" value={shift.skills.join(", ")} parse={asWords} hint="Separated by commas" save={(skills) => set({ skills })} />
      <SaveCheck label="Adults only" value={shift.adults_only} save={(adults_only) => set({ adults_only })} />
      <SaveCheck label="Must not be short of helpers" value={shift.critical} save={(critical) => set({ critical })} />
      <SaveCheck label="Tentative: it may not take place" value={shift.tentative} save={(tentative) => set({ tentative })} />
      <SaveField field="note" label="Note" lines={3} value={shift.note ?? ""} save={(note) => set({ note })} />
    </section>
  );
}

type Fold = Assignment["fold"];
const TIMES = [{ id: "first", label: "The first time" }, { id: "second", label: "The second time" }] as const;

/** In the night in which the clock goes back, a time comes twice: which one is meant. */
function Folds({ shift, save }: { shift: Assignment } & SaveProps<Fold>) {
  const second = { start: shift.fold === "start" || shift.fold === "both", end: shift.fold === "end" || shift.fold === "both" };
  const ends = (["start", "end"] as const).filter((end) => comesTwice(shift[end], shift.zone));
  const fold = (start: boolean, end: boolean): Fold => (start && end ? "both" : start ? "start" : end ? "end" : null);
  return ends.map((end) => (
    <SaveChoice
      key={end} label={`${end === "start" ? "Start" : "End"}: ${clockOf(shift[end])} comes twice that night`} options={TIMES}
      value={second[end] ? "second" : "first"}
      save={(time) => save(end === "start" ? fold(time === "second", second.end) : fold(second.start, time === "second"))}
    />
  ));
}

function SavePlace({ shift, save }: { shift: Assignment } & SaveProps<string | null>) {
  const { error, saved, run } = useSave(save);
  return (
    <div>
      <PlaceChoice value={shift.place ?? null} onChange={run} error={error} />
      <span role="status" className="hint">{saved}</span>
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
    ["Tentative", shift.tentative ? "It may not take place" : ""],
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

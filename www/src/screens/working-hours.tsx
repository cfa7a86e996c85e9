/** Working hours by weekday, and otherwise on one date. A day without hours is a day not asked about. */
import type { Person, WorkingHours as Hours } from "@wedsync/core";
import { Plus } from "lucide-react";
import { useState } from "react";
import { ToggleButton, ToggleButtonGroup } from "react-aria-components";
import { WEEKDAYS, endsNextDay, hoursWords } from "../lib/availability";
import { longDay, shortDay, today } from "../lib/time";
import { Action, Field } from "../parts/controls";
import { Sheet } from "../parts/sheet";
import { errorInfo, useWorkspace, watch } from "../workspace";

interface Props {
  helper: string;
  hours: Person["hours"];
}

/** What the sheet is about: a weekday, a date, or a date that is still to be chosen. */
interface Chosen {
  day: string | null;
  name: string;
}

export function WorkingHours({ helper, hours }: Props) {
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const of = (day: string | null) => hours.find((h) => h.day === day);
  const now = today();
  const dates = hours.filter((h) => h.day.length > 2 && h.day >= now).map((h) => h.day);
  return (
    <section aria-labelledby="hours">
      <h2 id="hours">Working hours</h2>
      <ul className="rows">
        {WEEKDAYS.map(([day, name]) => <HoursRow key={day} name={name} hours={of(day)} onChange={() => setChosen({ day, name })} />)}
      </ul>
      <h3>On one date</h3>
      {dates.length === 0 ? <p className="hint">A date can differ from its weekday.</p> : null}
      <ul className="rows">
        {dates.map((day) => <HoursRow key={day} name={shortDay(day)} hours={of(day)} onChange={() => setChosen({ day, name: longDay(day) })} />)}
      </ul>
      <Action icon={<Plus aria-hidden size={18} />} onPress={() => setChosen({ day: null, name: "One date" })}>Add a date</Action>
      {chosen ? <HoursSheet helper={helper} chosen={chosen} hours={of(chosen.day)} onClose={() => setChosen(null)} /> : null}
    </section>
  );
}

function HoursRow({ name, hours, onChange }: { name: string; hours: Hours | undefined; onChange: () => void }) {
  const overnight = hours && !hours.off && endsNextDay(hours.from, hours.to);
  return (
    <li className="row">
      <span className="grow">{name}</span>
      <span className="row-end">
        <span className={hours ? "num" : "num hint"}>{hoursWords(hours)}</span>
        {overnight ? <small>ends next day</small> : null}
      </span>
      <Action label={`Change ${name}`} onPress={onChange}>Change</Action>
    </li>
  );
}

type Kind = "hours" | "off" | "none";
const KINDS: readonly [Kind, string][] = [["hours", "Hours"], ["off", "Day off"], ["none", "Not set"]];

/** The browser's clocks end at 23:59: midnight stands in them as 00:00, and in the plan as the end of the day. */
const asClock = (to: string) => (to === "24:00" ? "00:00" : to);
const asEnd = (to: string) => (to === "00:00" ? "24:00" : to);

interface SheetProps {
  helper: string;
  chosen: Chosen;
  hours: Hours | undefined;
  onClose: () => void;
}

function HoursSheet({ helper, chosen, hours, onClose }: SheetProps) {
  const ws = useWorkspace();
  const [date, setDate] = useState(chosen.day ?? today());
  const [kind, setKind] = useState<Kind>(hours?.off ? "off" : "hours");
  const [from, setFrom] = useState(hours?.from || "09:00");
  const [to, setTo] = useState(asClock(hours?.to || "17:00"));
  const [error, setError] = useState<{ message: string; field?: string | null } | null>(null);
  const at = (field: string) => (error?.field === field ? error.message : null);
  const day = chosen.day ?? date;
  const save = async () => {
    try {
      const set = { from, to: asEnd(to) };
      watch(
        await ws.do(
          kind === "off"
            ? { type: "set_day_off", helper, day }
            : { type: "set_working_hours", helper, day, hours: kind === "hours" ? set : null },
        ),
      );
      onClose();
    } catch (failure) {
      setError(errorInfo(failure));
    }
  };
  const end = to === "00:00" ? "At midnight" : endsNextDay(from, to) ? "Ends next day" : null;
  return (
    <Sheet title={chosen.name} isOpen onClose={onClose} foot={<Action kind="main" onPress={() => void save()}>Save</Action>}>
      <div className="stack">
        {chosen.day ? null : <Field label="Date" type="date" value={date} onChange={setDate} error={at("day")} />}
        <ToggleButtonGroup
          className="actions" aria-label="What is said of this day" selectionMode="single" disallowEmptySelection selectedKeys={[kind]}
          onSelectionChange={([key]) => setKind((key as Kind | undefined) ?? "hours")}
        >
          {KINDS.map(([id, words]) => <ToggleButton key={id} id={id} className="toggle">{words}</ToggleButton>)}
        </ToggleButtonGroup>
        {kind === "hours" ? (
          <div className="pair">
            <Field label="From" type="time" value={from} onChange={setFrom} error={at("from")} />
            <Field label="To" type="time" value={to} onChange={setTo} error={at("to")} hint={end} />
          </div>
        ) : null}
        {kind === "off" ? <p>Not to be planned on this day.</p> : null}
        {kind === "none" ? <p>{chosen.day?.length === 2 ? "Coordinators ask before they plan this day." : "As on its weekday."}</p> : null}
        {error && !(["day", "from", "to"].includes(error.field ?? "") && (kind === "hours" || error.field === "day")) ? <p className="field-error" role="alert">{error.message}</p> : null}
      </div>
    </Sheet>
  );
}

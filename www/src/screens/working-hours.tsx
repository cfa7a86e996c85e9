/** Working hours by weekday. A day without hours is a day not asked about. */
import type { Person } from "@wedsync/core";
import { useState } from "react";
import { Action, Field } from "../parts/controls";
import { Sheet } from "../parts/sheet";
import { errorInfo, useWorkspace, watch } from "../workspace";

const DAYS = [
  ["mo", "Monday"], ["tu", "Tuesday"], ["we", "Wednesday"], ["th", "Thursday"], ["fr", "Friday"], ["sa", "Saturday"], ["su", "Sunday"],
] as const;

export function WorkingHours({ helper, hours }: { helper: string; hours: Person["hours"] }) {
  const [day, setDay] = useState<(typeof DAYS)[number] | null>(null);
  const of = (id: string) => hours.find((h) => h.day === id);
  return (
    <section aria-labelledby="hours">
      <h2 id="hours">Working hours</h2>
      <ul className="rows">
        {DAYS.map((entry) => {
          const [id, name] = entry;
          const set = of(id);
          return (
            <li key={id} className="row">
              <span className="grow">{name}</span>
              <span className="num">{set ? `${set.from}–${set.to}` : "not set"}</span>
              <Action label={`Change ${name}`} onPress={() => setDay(entry)}>Change</Action>
            </li>
          );
        })}
      </ul>
      {day ? <HoursSheet helper={helper} day={day[0]} name={day[1]} hours={of(day[0])} onClose={() => setDay(null)} /> : null}
    </section>
  );
}

interface HoursSheetProps {
  helper: string;
  day: string;
  name: string;
  hours: { from: string; to: string } | undefined;
  onClose: () => void;
}

function HoursSheet({ helper, day, name, hours, onClose }: HoursSheetProps) {
  const ws = useWorkspace();
  const [from, setFrom] = useState(hours?.from ?? "09:00");
  const [to, setTo] = useState(hours?.to ?? "17:00");
  const [error, setError] = useState<string | null>(null);
  const save = async (value: { from: string; to: string } | null) => {
    try {
      watch(await ws.do({ type: "set_working_hours", helper, day, hours: value }));
      onClose();
    } catch (failure) {
      setError(errorInfo(failure).message);
    }
  };
  return (
    <Sheet
      title={`${name}, working hours`} isOpen onClose={onClose}
      foot={
        <>
          {hours ? <Action onPress={() => void save(null)}>Remove</Action> : null}
          <Action kind="main" onPress={() => void save({ from, to })}>Save</Action>
        </>
      }
    >
      <div className="stack">
        <div className="pair">
          <Field label="From" value={from} onChange={setFrom} inputMode="numeric" placeholder="09:00" autoFocus />
          <Field label="To" value={to} onChange={setTo} inputMode="numeric" placeholder="17:00" hint="Up to 24:00" />
        </div>
        {error ? <p className="field-error" role="alert">{error}</p> : null}
      </div>
    </Sheet>
  );
}

/** A new shift: what must be known now; the rest is filled in on its sheet. */
import { type EventHandle, type EventSummary, newId } from "@wedsync/core";
import { useState } from "react";
import { addDays } from "../lib/time";
import { Action, Field } from "../parts/controls";
import { PlaceChoice } from "../parts/place-choice";
import { asInteger } from "../parts/save-field";
import { Sheet } from "../parts/sheet";
import { errorInfo, watch } from "../workspace";
import { withoutNulls } from "./event-form";

interface Props {
  event: EventHandle;
  summary: EventSummary;
  day: string;
  onClose: () => void;
  onOpen: (shift: string) => void;
}

export function NewShift({ event, summary, day, onClose, onOpen }: Props) {
  const [title, setTitle] = useState("");
  const [date, setDate] = useState(day);
  const [from, setFrom] = useState("10:00");
  const [to, setTo] = useState("12:00");
  const [place, setPlace] = useState<string | null>(summary.place ?? null);
  const [min, setMin] = useState("1");
  const [max, setMax] = useState("2");
  const [error, setError] = useState<{ message: string; field?: string | null } | null>(null);
  const at = (field: string) => (error?.field === field ? error.message : null);
  const overnight = to <= from;

  const submit = async () => {
    const id = newId();
    for (const [field, text] of [["helpers_min", min], ["helpers_max", max]] as const) {
      const parsed = asInteger(text);
      if ("error" in parsed) return setError({ field, message: parsed.error });
    }
    try {
      watch(
        await event.do({
          type: "create_assignment",
          assignment: id,
          fields: withoutNulls({
            title: title.trim(),
            start: `${date}T${from}`,
            end: `${overnight ? addDays(date, 1) : date}T${to}`,
            zone: summary.zone,
            place,
            helpers_min: Number(min),
            helpers_max: Math.max(Number(min), Number(max)),
          }),
        }),
      );
      onClose();
      onOpen(id);
    } catch (failure) {
      setError(errorInfo(failure));
    }
  };

  return (
    <Sheet title="New shift" isOpen onClose={onClose} foot={<Action kind="main" onPress={() => void submit()}>Create shift</Action>}>
      <div className="stack">
        <Field label="Title" value={title} onChange={setTitle} isRequired autoFocus error={at("title")} placeholder="Bar, Parking, Set up chairs" onEnter={() => void submit()} />
        <Field label="Day" type="date" value={date} onChange={setDate} />
        <div className="pair">
          <Field label="From" type="time" value={from} onChange={setFrom} error={at("start")} />
          <Field label="To" type="time" value={to} onChange={setTo} error={at("end")} hint={overnight ? "On the next day" : null} />
        </div>
        <PlaceChoice value={place} onChange={setPlace} error={at("place")} />
        <div className="pair">
          <Field label="Helpers, at least" inputMode="numeric" value={min} onChange={setMin} error={at("helpers_min")} />
          <Field label="Helpers, at most" inputMode="numeric" value={max} onChange={setMax} error={at("helpers_max")} />
        </div>
        {error && !at(error.field ?? "") ? <p className="field-error" role="alert">{error.message}</p> : null}
      </div>
    </Sheet>
  );
}

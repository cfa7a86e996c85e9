/** A new event, or the facts of one that exists. */
import { type EventSummary, type Fields, newId } from "@wedsync/core";
import { useState } from "react";
import { deviceZone, today } from "../lib/time";
import { Action, Field } from "../parts/controls";
import { PlaceChoice } from "../parts/place-choice";
import { Sheet } from "../parts/sheet";
import { go, href } from "../router";
import { errorInfo, useWorkspace, watch } from "../workspace";

export function EventForm({ event, onClose }: { event?: EventSummary; onClose: () => void }) {
  const ws = useWorkspace();
  const [title, setTitle] = useState(event?.title ?? "");
  const [first, setFirst] = useState(event?.first_day ?? today());
  const [last, setLast] = useState(event?.last_day ?? today());
  const [zone, setZone] = useState(event?.zone ?? deviceZone());
  const [place, setPlace] = useState(event?.place ?? null);
  const [note, setNote] = useState(event?.note ?? "");
  const [error, setError] = useState<{ message: string; field?: string | null } | null>(null);
  const at = (field: string) => (error?.field === field ? error.message : null);

  const submit = async () => {
    const fields: Fields = {
      title: title.trim(), first_day: first, last_day: last < first ? first : last, zone: zone.trim(), place, note: note.trim() || null,
    };
    try {
      if (event) {
        const set = changed(event, fields);
        if (Object.keys(set).length > 0) watch(await ws.do({ type: "update_event", event: event.id, set }));
        onClose();
      } else {
        const id = newId();
        watch(await ws.do({ type: "create_event", event: id, fields: withoutNulls(fields) }));
        onClose();
        go(href(["event", id]));
      }
    } catch (failure) {
      setError(errorInfo(failure));
    }
  };

  return (
    <Sheet
      title={event ? "Event" : "New event"}
      isOpen
      onClose={onClose}
      foot={<Action kind="main" onPress={() => void submit()}>{event ? "Save" : "Create event"}</Action>}
    >
      <div className="stack">
        <Field label="Title" value={title} onChange={setTitle} isRequired autoFocus error={at("title")} onEnter={() => void submit()} />
        <div className="pair">
          <Field label="First day" type="date" value={first} onChange={(day) => { setFirst(day); if (last < day) setLast(day); }} error={at("first_day")} />
          <Field label="Last day" type="date" value={last} onChange={setLast} error={at("last_day")} />
        </div>
        <PlaceChoice value={place} onChange={setPlace} error={at("place")} />
        <Field label="Time zone" value={zone} onChange={setZone} hint="All times of the event are local times there." error={at("zone")} />
        <Field label="Note" value={note} onChange={setNote} lines={3} error={at("note")} />
        {error && !at(error.field ?? "") ? <p className="field-error" role="alert">{error.message}</p> : null}
      </div>
    </Sheet>
  );
}

function changed(event: EventSummary, fields: Fields): Fields {
  const now = event as unknown as Record<string, unknown>;
  return Object.fromEntries(Object.entries(fields).filter(([field, value]) => (now[field] ?? null) !== value));
}

export function withoutNulls(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
}

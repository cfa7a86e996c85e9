/** A helper's other calendars: read from files, so that nobody is planned while busy elsewhere; and their shifts as a file. */
import type { CalendarInfo } from "@wedsync/core";
import { CalendarArrowDown, FileUp, Trash2 } from "lucide-react";
import { useState } from "react";
import { Button, FileTrigger } from "react-aria-components";
import { download, fileName } from "../device";
import { plural } from "../lib/state";
import { ago, shortDay } from "../lib/time";
import { Action, Empty, IconAction, Mark } from "../parts/controls";
import { notify } from "../parts/toasts";
import { errorInfo, useDo, useNames, useStore, useWorkspace } from "../workspace";
import { CalendarSheet } from "./calendar-sheet";

interface Props {
  helper: string;
  calendars: readonly CalendarInfo[];
}

/** Days that a calendar is believed, where the rules do not say. */
const BELIEVED = 7;
const DAY_MS = 24 * 60 * 60 * 1000;

export function CalendarsSection({ helper, calendars }: Props) {
  const ws = useWorkspace();
  const names = useNames();
  const [file, setFile] = useState<File | null>(null);
  const believed = useStore(ws.rules).stale_after ?? BELIEVED;
  const save = () => {
    try {
      download(`${fileName(`Shifts of ${names.helper(helper)}`)}.ics`, ws.calendarOf(helper), "text/calendar;charset=utf-8");
    } catch (error) {
      notify({ tone: "bad", text: errorInfo(error).message });
    }
  };
  return (
    <section className="stack" aria-labelledby="calendars">
      <h2 id="calendars">Calendars</h2>
      {calendars.length === 0 ? <Empty>None read yet.</Empty> : null}
      <ul className="rows">
        {calendars.map((c) => <CalendarRow key={c.id} helper={helper} calendar={c} isOld={Date.now() - c.at > believed * DAY_MS} />)}
      </ul>
      <div className="actions">
        <FileTrigger
          acceptedFileTypes={[".ics", "text/calendar"]}
          onSelect={(files) => {
            const chosen = files?.[0];
            if (chosen) setFile(chosen);
          }}
        >
          <Button className="action action-plain"><FileUp aria-hidden size={18} /> <span>Read a calendar file</span></Button>
        </FileTrigger>
        <Action icon={<CalendarArrowDown aria-hidden size={18} />} onPress={save}>Shifts as a calendar file</Action>
      </div>
      <p className="hint">Calendar apps can export an .ics file. Only the times are kept, not what they are about.</p>
      {file ? <CalendarSheet helper={helper} file={file} onClose={() => setFile(null)} /> : null}
    </section>
  );
}

function CalendarRow({ helper, calendar, isOld }: { helper: string; calendar: CalendarInfo; isOld: boolean }) {
  const act = useDo();
  return (
    <li className="row">
      <span className="grow">
        <strong>{calendar.name}</strong>
        <small className="num">{plural(calendar.busy, "busy time")}, {shortDay(calendar.first_day)} – {shortDay(calendar.last_day)}{calendar.truncated ? "; it had more" : ""}</small>
        {isOld ? <Mark tone="warn">Read {ago(calendar.at)}: read it again</Mark> : <small>Read {ago(calendar.at)}</small>}
      </span>
      <IconAction label={`Remove ${calendar.name}`} onPress={() => void act({ type: "remove_calendar", helper, calendar: calendar.id })}><Trash2 aria-hidden size={20} /></IconAction>
    </li>
  );
}

/** What a calendar file would bring, before it is taken over. */
import type { CalendarPreview } from "@wedsync/core";
import { useEffect, useState } from "react";
import { plural } from "../lib/state";
import { dateOf, shortDay } from "../lib/time";
import { Action, Mark } from "../parts/controls";
import { Sheet } from "../parts/sheet";
import { notify } from "../parts/toasts";
import { errorInfo, useAct, useWorkspace } from "../workspace";

interface Props {
  helper: string;
  file: File;
  onClose: () => void;
}

export function CalendarSheet({ helper, file, onClose }: Props) {
  const ws = useWorkspace();
  const act = useAct();
  const [preview, setPreview] = useState<CalendarPreview | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [isSaving, setSaving] = useState(false);
  useEffect(() => {
    let isHere = true;
    ws.readCalendar(file, { helper }).then(
      (read) => isHere && setPreview(read),
      (failure: unknown) => isHere && setError(errorInfo(failure).message),
    );
    return () => {
      isHere = false;
    };
  }, [ws, file, helper]);

  const busy = preview?.command.busy.length ?? 0;
  const take = async () => {
    if (!preview) return;
    setSaving(true);
    const saved = await act(() => ws.do(preview.command));
    setSaving(false);
    if (!saved) return;
    notify({ tone: "calm", text: `${plural(busy, "busy time")} taken over.` });
    onClose();
  };
  const foot = <Action kind="main" isDisabled={!preview || isSaving} onPress={() => void take()}>{preview ? `Take ${plural(busy, "busy time")}` : "Take them"}</Action>;
  return (
    <Sheet title="Read a calendar" isOpen onClose={onClose} foot={foot}>
      <div className="stack">
        {error ? <p className="field-error" role="alert">{error}</p> : null}
        {!preview && !error ? <p role="status">Reading {file.name}…</p> : null}
        {preview ? <PreviewOf preview={preview} /> : null}
      </div>
    </Sheet>
  );
}

function PreviewOf({ preview: { calendar, command } }: { preview: CalendarPreview }) {
  const { name, first_day, last_day } = command.fields;
  const first = command.busy[0];
  const last = command.busy.at(-1);
  const free = calendar.busy.length - command.busy.length;
  const warnings = calendar.warnings.length + calendar.more_warnings;
  return (
    <>
      <dl className="facts">
        <div><dt>Calendar</dt><dd>{String(name)}</dd></div>
        <div><dt>Days read</dt><dd className="num">{shortDay(String(first_day))} – {shortDay(String(last_day))} {String(last_day).slice(0, 4)}</dd></div>
        <div><dt>Busy times</dt><dd className="num">{command.busy.length}{first && last ? `, from ${shortDay(dateOf(first.start))} to ${shortDay(dateOf(last.end))}` : ""}</dd></div>
        {free > 0 ? <div><dt>Left out</dt><dd className="num">{plural(free, "entry", "entries")} marked as free</dd></div> : null}
      </dl>
      {calendar.truncated ? <Mark tone="warn">Not all of it could be taken. What is missing counts as not known, not as free.</Mark> : null}
      {warnings > 0 ? (
        <div className="card">
          <p><strong>{plural(warnings, "entry", "entries")} to look at:</strong></p>
          <ul className="list">{calendar.warnings.map((w, i) => <li key={i}><b className="num">Line {w.line}</b>: {w.message}</li>)}</ul>
          {calendar.more_warnings > 0 ? <p>and {calendar.more_warnings} more</p> : null}
        </div>
      ) : null}
      <p className="hint">Reading a calendar of the same name again takes the place of this one. What the entries are about stays on this device.</p>
    </>
  );
}

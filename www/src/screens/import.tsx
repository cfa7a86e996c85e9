/** Importing shifts from CSV: choose or paste, look at what would happen, then one button. */
import type { EventHandle, Preview, PreviewRow, Receipt } from "@wedsync/core";
import { FileUp } from "lucide-react";
import { useState } from "react";
import { Button, FileTrigger } from "react-aria-components";
import { plural } from "../lib/state";
import { shortDay, dateOf, span } from "../lib/time";
import { Action, Field, Mark } from "../parts/controls";
import { Sheet } from "../parts/sheet";
import { errorInfo, watch } from "../workspace";

type Progress = "none" | "saving" | "saved" | "stored" | { refused: string };
const SHOWN = 100;

export function ImportSheet({ event, onClose }: { event: EventHandle; onClose: () => void }) {
  const [text, setText] = useState("");
  const [preview, setPreview] = useState<Preview | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [progress, setProgress] = useState<Progress>("none");

  const look = (bytes: Uint8Array) => {
    setError(null);
    setProgress("none");
    try {
      setPreview(event.previewImport(bytes));
    } catch (failure) {
      setPreview(null);
      setError(errorInfo(failure).message);
    }
  };
  const run = async () => {
    if (preview?.command?.type !== "import_shifts") return;
    setProgress("saving");
    try {
      const receipt: Receipt = await event.do(preview.command);
      setProgress("saved");
      watch(receipt);
      receipt.stored.then(() => setProgress("stored"), (failure: unknown) => setProgress({ refused: errorInfo(failure).message }));
    } catch (failure) {
      setProgress("none");
      setError(errorInfo(failure).message);
    }
  };

  const done = progress !== "none" && progress !== "saving";
  const n = preview?.rows.filter((r) => r.action !== "unchanged").length ?? 0;
  const foot = done ? (
    <Action kind="main" onPress={onClose}>Close</Action>
  ) : (
    <Action kind="main" isDisabled={!preview?.command || progress === "saving"} onPress={() => void run()}>
      {progress === "saving" ? "Importing…" : n > 0 ? `Import ${plural(n, "shift")}` : "Import"}
    </Action>
  );
  return (
    <Sheet title="Import shifts" isOpen onClose={onClose} foot={foot} wide>
      <div className="stack">
        <p>
          A CSV file with the columns <code>title</code> (or <code>role</code>), <code>start</code> and <code>end</code>; and, if you have them, <code>team</code>,{" "}
          <code>place</code>, <code>helpers_min</code>, <code>helpers_max</code>. Importing a corrected file again updates the shifts.
        </p>
        <FileTrigger
          acceptedFileTypes={[".csv", "text/csv", "text/plain", ".tsv"]}
          onSelect={(files) => {
            const file = files?.[0];
            if (file) void file.arrayBuffer().then((buffer) => look(new Uint8Array(buffer)));
          }}
        >
          <Button className="action action-plain"><FileUp aria-hidden size={18} /> Choose a file</Button>
        </FileTrigger>
        <details className="fold">
          <summary>Or paste the rows</summary>
          <div className="stack">
            <Field label="Rows, with the header line" lines={6} value={text} onChange={setText} />
            <Action isDisabled={text.trim() === ""} onPress={() => look(new TextEncoder().encode(text))}>Look at them</Action>
          </div>
        </details>
        {error ? <p className="field-error" role="alert">{error}</p> : null}
        <p role="status">{progressWords(progress)}</p>
        {preview && !done ? <PreviewOf preview={preview} /> : null}
      </div>
    </Sheet>
  );
}

function progressWords(progress: Progress) {
  if (progress === "none") return null;
  if (progress === "saving") return "Saving on this device…";
  if (progress === "saved") return <Mark tone="plain">Imported and saved here; it is sent as soon as there is a network.</Mark>;
  if (progress === "stored") return <Mark tone="good">Imported and stored.</Mark>;
  return <Mark tone="bad">Refused: {progress.refused}</Mark>;
}

const WORDS: Record<PreviewRow["action"], string> = { create: "new", update: "changed", unchanged: "unchanged" };

function PreviewOf({ preview }: { preview: Preview }) {
  const count = (action: PreviewRow["action"]) => preview.rows.filter((r) => r.action === action).length;
  const interesting = preview.rows.filter((r) => r.action !== "unchanged");
  return (
    <section className="stack" aria-labelledby="preview">
      <h3 id="preview">Preview</h3>
      <p className="num" role="status">
        {count("create")} new · {count("update")} changed · {count("unchanged")} unchanged
        {preview.errors.length > 0 ? ` · ${plural(preview.errors.length + preview.more_errors, "error")}` : ""}
      </p>
      {preview.errors.length > 0 ? (
        <div className="card card-bad">
          <p><strong>Nothing can be imported until these rows are corrected:</strong></p>
          <ul className="list">
            {preview.errors.map((e, i) => <li key={i}><b className="num">Line {e.line}</b>{e.column ? `, ${e.column}` : ""}: {e.message}</li>)}
          </ul>
          {preview.more_errors > 0 ? <p>and {plural(preview.more_errors, "more error")}</p> : null}
        </div>
      ) : null}
      {preview.warnings.map((w, i) => <p key={i} className="hint"><span className="num">Line {w.line}</span>: {w.message}</p>)}
      {preview.missing.length > 0 ? (
        <p className="hint">{plural(preview.missing.length, "shift")} of an earlier import {preview.missing.length === 1 ? "is" : "are"} not in this file. They stay in the plan.</p>
      ) : null}
      {preview.errors.length === 0 && interesting.length === 0 ? <p>Everything in this file is in the plan already.</p> : null}
      {interesting.length > 0 ? (
        <div className="table-wrap" tabIndex={0} role="region" aria-label="Rows">
          <table className="table">
            <thead><tr><th scope="col">Line</th><th scope="col">Shift</th><th scope="col">When</th><th scope="col">What</th></tr></thead>
            <tbody>
              {interesting.slice(0, SHOWN).map((r) => (
                <tr key={r.line}>
                  <td className="num">{r.line}</td>
                  <td>{r.title}{r.place ? <small>{r.place}</small> : null}</td>
                  <td className="num">{shortDay(dateOf(r.start))} {span(r.start, r.end)}</td>
                  <td>{WORDS[r.action]}{r.changed.length > 0 && r.action === "update" ? <small>{r.changed.join(", ")}</small> : null}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {interesting.length > SHOWN ? <p className="hint">and {interesting.length - SHOWN} more</p> : null}
        </div>
      ) : null}
    </section>
  );
}

/** The note of a shift: one text in which all who help can write at the same time, offline too. */
import type { Assignment, EventHandle, NoteHandle, NoteReset } from "@wedsync/core";
import { Copy, X } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import * as Y from "yjs";
import { copy } from "../device";
import { Action, Mark } from "../parts/controls";
import { useNoteText } from "../parts/note-text";
import { notify } from "../parts/toasts";
import { sentence, useStore } from "../workspace";

interface Props {
  event: EventHandle;
  shift: Assignment;
  canWrite: boolean;
}

export function ShiftNotes({ event, shift, canWrite }: Props) {
  const [note, setNote] = useState<NoteHandle<Y.Doc>>();
  useEffect(() => {
    const opened = event.notes(shift.id, Y);
    setNote(opened);
    let isClosed = false;
    opened.on("reset", ({ refused, message }) => {
      if (isClosed) notify({ tone: "bad", text: `The note was not saved${message ? `: ${sentence(message)}` : "."} You wrote: ${refused}` });
    });
    return () => {
      isClosed = true;
      opened.destroy();
    };
  }, [event, shift.id]);
  return (
    <section className="stack" aria-labelledby="shift-notes">
      <h3 id="shift-notes">Notes</h3>
      {note ? <NoteEditor note={note} canWrite={canWrite} /> : null}
    </section>
  );
}

function NoteEditor({ note, canWrite }: { note: NoteHandle<Y.Doc>; canWrite: boolean }) {
  const [doc, setDoc] = useState(note.doc);
  const [refused, setRefused] = useState<NoteReset<Y.Doc> | null>(null);
  useEffect(() => {
    setDoc(note.doc);
    return note.on("reset", (reset) => {
      setDoc(reset.doc);
      if (reset.refused || reset.message) setRefused((before) => ({ ...reset, refused: (before?.refused ?? "") + reset.refused }));
    });
  }, [note]);
  const field = useRef<HTMLTextAreaElement>(null);
  const plain = useNoteText(field, doc);
  const { ready, saved, error } = useStore(note.status);
  const hintId = useId();
  const hint = !plain ? "This note has parts that only another editor shows; it cannot be changed here."
    : !canWrite ? "You can read this note. Helpers and coordinators can write in it."
    : !saved ? "Saving…"
    : "Helpers and coordinators write here together.";
  return (
    <div className="field">
      <div role="status">{refused ? <Refused reset={refused} onClose={() => setRefused(null)} /> : null}</div>
      <textarea
        ref={field} className="input" rows={5} aria-labelledby="shift-notes" aria-describedby={hintId}
        placeholder={canWrite ? undefined : "Nothing was written yet."}
        readOnly={!canWrite || !ready || !plain} onBlur={() => note.flush()}
      />
      <p id={hintId} className="hint">{ready ? hint : "Opening…"}</p>
      {error ? <p className="field-error" role="alert">Not saved: {sentence(error.message)} It is tried again; keep this page open.</p> : null}
    </div>
  );
}

/** What was typed and is not in the note: it is handed back, to be copied. */
function Refused({ reset: { refused, message }, onClose }: { reset: NoteReset<Y.Doc>; onClose: () => void }) {
  const why = message ? `: ${sentence(message)}` : ".";
  const copyIt = async () => {
    const done = await copy(refused);
    notify(done ? { tone: "calm", text: "Copied." } : { tone: "bad", text: "This browser does not let us copy; select the text instead." });
  };
  return (
    <div className="card card-bad">
      <p><Mark tone="bad">{refused ? "Your text was not accepted" : "Your change was not accepted"}{why}</Mark></p>
      {refused ? <blockquote className="typed">{refused}</blockquote> : null}
      <div className="actions">
        {refused ? <Action icon={<Copy aria-hidden size={16} />} onPress={() => void copyIt()}>Copy the text</Action> : null}
        <Action icon={<X aria-hidden size={16} />} onPress={onClose}>Hide</Action>
      </div>
    </div>
  );
}

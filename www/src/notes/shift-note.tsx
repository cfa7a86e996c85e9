/** One text in which all who help with a shift can write at the same time, offline too. */
import type { Assignment, EventHandle, NoteHandle, NoteReset } from "@wedsync/core";
import { Copy, X } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import { copy } from "../device";
import { Action, Mark } from "../parts/controls";
import { notify } from "../parts/toasts";
import { sentence, useStore, useWorkspace } from "../workspace";
import { NoteEditor } from "./editor";

type Note = NoteHandle<Y.Doc, Awareness>;
type Reset = NoteReset<Y.Doc, Awareness>;

interface Props {
  event: EventHandle;
  shift: Assignment;
  canWrite: boolean;
}

export default function ShiftNote({ event, shift, canWrite }: Props) {
  const [note, setNote] = useState<Note>();
  useEffect(() => {
    const opened = event.notes(shift.id, Y, { Awareness });
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
  return note ? <NoteField note={note} canWrite={canWrite} /> : null;
}

function NoteField({ note, canWrite }: { note: Note; canWrite: boolean }) {
  const { ready, saved, error } = useStore(note.status);
  const refusal = useRefusal(note);
  const others = useOthers(note);
  const hintId = useId();
  const { field, plain } = useEditor(note, hintId, {
    writable: canWrite && ready,
    placeholder: !ready ? "" : canWrite ? "What everyone on this shift should know" : "Nothing was written yet.",
  });
  const hint = !plain ? "This note has parts that only another editor shows; it cannot be changed here."
    : !canWrite ? "You can read this note. Helpers and coordinators can write in it."
    : !saved ? "Saving…"
    : "Helpers and coordinators write here together.";
  return (
    <div className="field">
      <div role="status">{refusal.reset ? <Refused reset={refusal.reset} onClose={refusal.hide} /> : null}</div>
      <div ref={field} className="input note" />
      <p id={hintId} className="hint">{ready ? hint : "Opening…"}</p>
      <p className="hint" role="status"><Others others={others} /></p>
      {error ? <p className="field-error" role="alert">Not saved: {sentence(error.message)} It is tried again; keep this page open.</p> : null}
    </div>
  );
}

/** An editor on the note, in an element; false where the note holds more than plain text. */
function useEditor(note: Note, hintId: string, mode: { writable: boolean; placeholder: string }) {
  const field = useRef<HTMLDivElement>(null);
  const editor = useRef<NoteEditor>(null);
  const [plain, setPlain] = useState(true);
  useEffect(() => {
    if (!field.current) return;
    const opened = new NoteEditor(note, {
      parent: field.current,
      attributes: { "aria-labelledby": "shift-notes", "aria-describedby": hintId },
      onPlain: setPlain,
      onBlur: () => note.flush(),
    });
    editor.current = opened;
    // At once, not when the screen is drawn again: a letter typed in between would go into a document that is closed.
    const off = note.on("reset", (reset) => opened.bind(reset));
    return () => {
      off();
      editor.current = null;
      opened.destroy();
    };
  }, [note, hintId]);
  const { writable, placeholder } = mode;
  useEffect(() => {
    if (editor.current) editor.current.mode = { writable, placeholder };
  }, [note, hintId, writable, placeholder]);
  return { field, plain };
}

interface Other {
  id: string;
  name: string;
  color: string;
}

/** Who else has the note open. */
function useOthers(note: Note): readonly Other[] {
  const me = useWorkspace().user;
  const [others, setOthers] = useState<readonly Other[]>([]);
  useEffect(() => {
    const read = () => setOthers((before) => {
      const now = othersIn(note.awareness, me);
      // A cursor moves at every letter; who is there does not.
      return before.map(({ name }) => name).join() === now.map(({ name }) => name).join() ? before : now;
    });
    const listen = () => {
      note.awareness.on("change", read);
      read();
    };
    listen();
    return note.on("reset", listen);
  }, [note, me]);
  return others;
}

function othersIn(awareness: Awareness, me: string): Other[] {
  const others = new Map<string, Other>();
  for (const [client, { user }] of awareness.getStates()) {
    if (client !== awareness.clientID && user.id !== me) others.set(user.id, user as Other);
  }
  return [...others.values()].sort((a, b) => a.name.localeCompare(b.name));
}

/** The colours are those of their cursors. */
function Others({ others }: { others: readonly Other[] }) {
  if (others.length === 0) return null;
  return (
    <>
      Also in this note:
      {others.map(({ id, name, color }, i) => (
        <span key={id}>{i > 0 ? "," : ""} <i className="remote-who" style={{ background: color }} />{name}</span>
      ))}
    </>
  );
}

/** What of the note was refused since it was opened. */
function useRefusal(note: Note) {
  const [reset, setReset] = useState<Reset | null>(null);
  useEffect(() => note.on("reset", (latest) => {
    if (!latest.refused && !latest.message) return;
    setReset((before) => ({ ...latest, refused: (before?.refused ?? "") + latest.refused }));
  }), [note]);
  return { reset, hide: () => setReset(null) };
}

/** What was typed and is not in the note: it is handed back, to be copied. */
function Refused({ reset: { refused, message }, onClose }: { reset: Reset; onClose: () => void }) {
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

/** A shift's note, with an editor of one line: a real one binds to `doc` the same way. */
import { useNote } from "@wedsync/core/react";
import { useState, useSyncExternalStore } from "react";
import * as Y from "yjs";

export function Note({ event, assignment }: { event: string; assignment: string }) {
  const [refused, setRefused] = useState("");
  const note = useNote(event, assignment, Y, (reset) => setRefused(reset.refused));
  return (
    <section aria-label="Note">
      {note?.status.ready ? <Line doc={note.doc} /> : <p>Opening the note…</p>}
      <p>{note?.status.saved ? "Saved" : "Saving…"}</p>
      {refused ? <p role="alert">Not accepted: {refused}</p> : null}
    </section>
  );
}

function Line({ doc }: { doc: Y.Doc }) {
  const text = doc.getText("note");
  const written = useSyncExternalStore(
    (changed) => {
      text.observe(changed);
      return () => text.unobserve(changed);
    },
    () => text.toString(),
  );
  const write = (data: FormData) => text.insert(text.length, `${String(data.get("line"))} `);
  return (
    <form action={write}>
      <p aria-label="Text">{written}</p>
      <input name="line" aria-label="Add to the note" /> <button>Add</button>
    </form>
  );
}

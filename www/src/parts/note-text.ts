/** A plain text field on a shared text: what is typed becomes its least change, and what others write shows at once. */
import { type RefObject, useEffect, useState } from "react";
import type * as Y from "yjs";
import { type DeltaPart, asDelta, changeOf, moved } from "../lib/text-change";

/** The one root of a note. */
const ROOT = "note";

/** Binds the field to the document; false where the note holds more than plain text can show. */
export function useNoteText(field: RefObject<HTMLTextAreaElement | null>, doc: Y.Doc): boolean {
  const [plain, setPlain] = useState(true);
  useEffect(() => {
    const area = field.current;
    if (!area) return;
    const text = doc.getText(ROOT);
    const own = {};
    // While a character is composed of several keys, the field is the keyboard's: changes of others show after it.
    let composing = false;
    /** What the field holds, as far as the shared text has it. */
    let shown = "";

    const show = (delta: readonly DeltaPart[]) => {
      const now = text.toString();
      setPlain(text.length === now.length && !now.includes("\r"));
      if (composing) return;
      shown = now;
      if (area.value === now) return;
      const [start, end] = [moved(area.selectionStart, delta), moved(area.selectionEnd, delta)];
      const { scrollTop } = area;
      area.value = now;
      // Elsewhere it would take the focus in some browsers.
      if (document.activeElement === area) area.setSelectionRange(start, end);
      area.scrollTop = scrollTop;
    };
    const typed = () => {
      const others = asDelta(changeOf(shown, text.toString(), text.length));
      const change = changeOf(shown, area.value, area.selectionStart);
      if (change) {
        const from = moved(change.at, others);
        const to = moved(change.at + change.remove, others);
        doc.transact(() => {
          if (to > from) text.delete(from, to - from);
          if (change.insert) text.insert(from, change.insert);
        }, own);
      }
      shown = area.value;
      show(asDelta(changeOf(shown, text.toString(), text.length)));
    };
    const changed = (event: Y.YTextEvent) => {
      if (event.transaction.origin !== own) show(event.delta as DeltaPart[]);
    };
    const begin = () => void (composing = true);
    const end = () => {
      composing = false;
      typed();
    };

    show([]);
    text.observe(changed);
    area.addEventListener("input", typed);
    area.addEventListener("compositionstart", begin);
    area.addEventListener("compositionend", end);
    return () => {
      text.unobserve(changed);
      area.removeEventListener("input", typed);
      area.removeEventListener("compositionstart", begin);
      area.removeEventListener("compositionend", end);
    };
  }, [field, doc]);
  return plain;
}

/** Undo and redo, where the thumb is, and by their keys. */
import { Redo2, Undo2 } from "lucide-react";
import { useEffect } from "react";
import { Button } from "react-aria-components";
import { useUndo } from "../use-undo";
import { useUndoable } from "../workspace";

/** A field takes back what was typed in it first. */
const FIELDS = "input, textarea, select, [contenteditable=true], [role=textbox]";

export function UndoBar() {
  const { undo: last, redo: next } = useUndoable();
  const { undo, redo } = useUndo();
  useEffect(() => {
    const listener = (event: KeyboardEvent) => {
      const which = keyOf(event);
      if (!which || event.defaultPrevented || (event.target instanceof Element && event.target.closest(FIELDS))) return;
      event.preventDefault();
      if (which === "undo") undo();
      else redo();
    };
    window.addEventListener("keydown", listener);
    return () => window.removeEventListener("keydown", listener);
  }, [undo, redo]);
  if (!last && !next) return null;
  return (
    <div className="undo-bar" role="region" aria-label="Undo and redo">
      <Button className="icon-button" aria-label={last ? `Undo: ${last.title}` : "Undo"} isDisabled={!last} onPress={undo}>
        <Undo2 aria-hidden size={22} />
      </Button>
      {next ? (
        <Button className="icon-button" aria-label={`Redo: ${next.title}`} onPress={redo}>
          <Redo2 aria-hidden size={22} />
        </Button>
      ) : null}
    </div>
  );
}

/** Ctrl or Cmd with Z, with Shift for redo; and Ctrl+Y. */
export function keyOf({ key, ctrlKey, metaKey, shiftKey, altKey }: KeyboardEvent): "undo" | "redo" | null {
  if (altKey || !(ctrlKey || metaKey)) return null;
  if (key.toLowerCase() === "z") return shiftKey ? "redo" : "undo";
  return key.toLowerCase() === "y" && ctrlKey && !shiftKey ? "redo" : null;
}

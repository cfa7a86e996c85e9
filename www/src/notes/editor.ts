/** CodeMirror on a note's shared text, looking and acting like the app's other fields. */
import { insertNewline, standardKeymap } from "@codemirror/commands";
import { EditorState, type Extension, RangeSetBuilder } from "@codemirror/state";
import { Decoration, EditorView, keymap, placeholder } from "@codemirror/view";
import { yCollab, yUndoManagerKeymap } from "y-codemirror.next";
import type { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import { isPlain, keptPosition, readable } from "./plain-text";
import { remoteCursors } from "./remote-cursors";
import { wholeCharacters } from "./whole-characters";

/** The one root of a note. */
const ROOT = "note";

export interface EditorOptions {
  parent: HTMLElement;
  /** Attributes of the field: what labels and describes it. */
  attributes: Record<string, string>;
  /** Hears whether the note is plain text, which is all that can be edited here. */
  onPlain: (isPlain: boolean) => void;
  onBlur: () => void;
}

export interface EditorMode {
  writable: boolean;
  placeholder: string;
}

/** A document of the note, and where people are in it. */
export interface NoteDocument {
  doc: Y.Doc;
  awareness: Awareness;
}

interface Bound extends NoteDocument {
  text: Y.Text;
  undo: Y.UndoManager;
}

export class NoteEditor {
  readonly #options: EditorOptions;
  readonly #view: EditorView;
  #mode: EditorMode = { writable: false, placeholder: "" };
  #note: Bound;
  #plain = true;

  constructor(note: NoteDocument, options: EditorOptions) {
    this.#options = options;
    this.#view = new EditorView({ parent: options.parent });
    this.#note = this.#join(note);
    this.#show();
  }

  /**
   * Goes on with another document. What is typed before this returns is in the one before, what is typed after it in
   * this one.
   */
  bind(note: NoteDocument): void {
    this.#leave();
    this.#note = this.#join(note);
    this.#show();
  }

  set mode(mode: EditorMode) {
    const { writable, placeholder } = this.#mode;
    if (writable === mode.writable && placeholder === mode.placeholder) return;
    this.#mode = mode;
    this.#show();
  }

  destroy(): void {
    this.#leave();
    this.#view.destroy();
  }

  #join({ doc, awareness }: NoteDocument): Bound {
    const text = doc.getText(ROOT);
    doc.on("beforeObserverCalls", this.#onChange);
    doc.on("afterTransaction", this.#onChanged);
    // It tracks what the binding writes: only what is typed here is undone here.
    return { doc, awareness, text, undo: new Y.UndoManager(text, { trackedOrigins: new Set() }) };
  }

  #leave(): void {
    const { doc, undo } = this.#note;
    doc.off("beforeObserverCalls", this.#onChange);
    doc.off("afterTransaction", this.#onChanged);
    undo.destroy();
  }

  /** Blocks that arrive must find no binding of plain text. */
  readonly #onChange = (transaction: Y.Transaction): void => {
    if (!transaction.local && this.#plain && !isPlain(this.#note.text)) this.#show();
  };

  readonly #onChanged = (transaction: Y.Transaction): void => {
    if (!transaction.local && !this.#plain) this.#show();
  };

  #show(): void {
    const { text, undo, awareness } = this.#note;
    this.#plain = isPlain(text);
    const doc = this.#plain ? text.toString() : readable(text);
    const before = this.#view.state;
    const kept = (at: number) => keptPosition(before.doc.toString(), doc, at);
    const { anchor, head } = before.selection.main;
    // The view stays, and with it the focus and a phone's keyboard.
    this.#view.setState(EditorState.create({
      doc,
      selection: { anchor: kept(anchor), head: kept(head) },
      extensions: [
        FIELD,
        this.#plain ? [yCollab(text, null, { undoManager: undo }), remoteCursors(text, awareness)] : [],
        this.#plain && this.#mode.writable ? [] : READ_ONLY,
        placeholder(this.#mode.placeholder),
        EditorView.contentAttributes.of(this.#options.attributes),
        EditorView.domEventHandlers({ blur: () => this.#options.onBlur() }),
      ],
    }));
    this.#options.onPlain(this.#plain);
  }
}

const autoDirection = Decoration.line({ attributes: { dir: "auto" } });

/** Each line in the direction of its own script. */
const lineDirections = EditorView.decorations.of((view) => {
  const lines = new RangeSetBuilder<Decoration>();
  let done = -1;
  for (const { from, to } of view.visibleRanges) {
    for (let line = view.state.doc.lineAt(from); ; line = view.state.doc.line(line.number + 1)) {
      if (line.from > done) lines.add(line.from, line.from, autoDirection);
      done = line.from;
      if (line.to >= to) break;
    }
  }
  return lines.finish();
});

const FIELD: Extension = [
  // Positions are those of the shared text: a carriage return in it is a character like any other.
  EditorState.lineSeparator.of("\n"),
  EditorView.clipboardInputFilter.of((text) => text.replace(/\r\n?/g, "\n")),
  wholeCharacters,
  EditorView.lineWrapping,
  EditorView.perLineTextDirection.of(true),
  lineDirections,
  // Tab and Escape are not among them: they leave the field, and close the sheet.
  keymap.of([{ key: "Enter", run: insertNewline, shift: insertNewline }, ...yUndoManagerKeymap, ...standardKeymap]),
  EditorView.contentAttributes.of({
    spellcheck: "true", autocorrect: "on", autocapitalize: "sentences", writingsuggestions: "true",
  }),
];

const READ_ONLY: Extension = [
  EditorState.readOnly.of(true),
  EditorView.editable.of(false),
  EditorView.contentAttributes.of({ tabindex: "0" }),
];

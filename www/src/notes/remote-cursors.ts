/**
 * Where others write, each with their name. The states are those of y-codemirror.next, so that its users see ours; its
 * own drawing of them is read aloud as part of the text, and turns the direction of a line.
 */
import { Annotation, type EditorState, type Extension, type Range } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, ViewPlugin, type ViewUpdate, WidgetType } from "@codemirror/view";
import type { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";

export function remoteCursors(text: Y.Text, awareness: Awareness): Extension {
  return ViewPlugin.define((view) => new RemoteCursors(view, text, awareness), { decorations: (cursors) => cursors.decorations });
}

const moved = Annotation.define<true>();

class RemoteCursors {
  decorations: DecorationSet;
  readonly #text: Y.Text;
  readonly #awareness: Awareness;
  readonly #stop: () => void;

  constructor(view: EditorView, text: Y.Text, awareness: Awareness) {
    this.#text = text;
    this.#awareness = awareness;
    this.decorations = this.#draw(view.state);
    const onChange = (_changes: unknown, origin: unknown) => {
      if (origin !== "local") view.dispatch({ annotations: moved.of(true) });
    };
    awareness.on("change", onChange);
    this.#stop = () => awareness.off("change", onChange);
  }

  update(update: ViewUpdate): void {
    const isMoved = update.transactions.some((each) => each.annotation(moved));
    if (update.docChanged || update.selectionSet || update.focusChanged) this.#show(update.view);
    if (update.docChanged || isMoved) this.decorations = this.#draw(update.state);
  }

  destroy(): void {
    this.#stop();
  }

  /** This person's own, for the others. */
  #show({ state, hasFocus }: EditorView): void {
    const { anchor, head } = state.selection.main;
    const at = (position: number) => Y.createRelativePositionFromTypeIndex(this.#text, position);
    const cursor = hasFocus && !state.readOnly ? { anchor: at(anchor), head: at(head) } : null;
    const before: unknown = this.#awareness.getLocalState()?.cursor ?? null;
    if (JSON.stringify(before) !== JSON.stringify(cursor)) this.#awareness.setLocalStateField("cursor", cursor);
  }

  #draw(state: EditorState): DecorationSet {
    const drawn: Range<Decoration>[] = [];
    for (const [client, { user, cursor }] of this.#awareness.getStates()) {
      if (client === this.#awareness.clientID) continue;
      const [anchor, head] = [positionIn(this.#text, cursor?.anchor), positionIn(this.#text, cursor?.head)];
      // Of several changes at once the editor draws the first while the text has them all.
      if (anchor === null || head === null || Math.max(anchor, head) > state.doc.length) continue;
      const { name, color, colorLight } = user;
      const selected = Decoration.mark({ attributes: { style: `background-color: ${colorLight}` } });
      if (anchor !== head) drawn.push(selected.range(Math.min(anchor, head), Math.max(anchor, head)));
      drawn.push(Decoration.widget({ widget: new Caret(name, color), side: head > anchor ? -1 : 1 }).range(head));
    }
    return Decoration.set(drawn, true);
  }
}

/** Where a position of Yjs lies now; null where its text is not here yet, or it makes no sense: anybody may send anything. */
export function positionIn(text: Y.Text, relative: unknown): number | null {
  try {
    const position = Y.createRelativePositionFromJSON(relative);
    // A root of another name would be made by looking for it.
    if (position.tname !== null && !text.doc!.share.has(position.tname)) return null;
    const absolute = Y.createAbsolutePositionFromRelativePosition(position, text.doc!);
    return absolute?.type === text ? absolute.index : null;
  } catch {
    return null;
  }
}

class Caret extends WidgetType {
  readonly #name: string;
  readonly #color: string;

  constructor(name: string, color: string) {
    super();
    this.#name = name;
    this.#color = color;
  }

  override eq(other: Caret): boolean {
    return this.#name === other.#name && this.#color === other.#color;
  }

  override toDOM(): HTMLElement {
    const caret = document.createElement("span");
    caret.className = "remote-caret";
    caret.style.setProperty("--who", this.#color);
    // Said below the field, and no part of the text. With a direction of its own it does not set that of its line.
    caret.ariaHidden = "true";
    caret.dir = "ltr";
    const name = document.createElement("bdi");
    name.textContent = this.#name;
    caret.append(name);
    return caret;
  }
}

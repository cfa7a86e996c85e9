import { EditorState } from "@codemirror/state";
import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { isPlain, keptPosition, readable } from "./notes/plain-text";
import { positionIn } from "./notes/remote-cursors";
import { wholeCharacters } from "./notes/whole-characters";

const note = () => new Y.Doc().getText("note");

/** A paragraph as Tiptap writes it. */
function block(name: string, ...children: (string | Y.XmlElement)[]): Y.XmlElement {
  const element = new Y.XmlElement(name);
  element.insert(0, children.map((child) => (typeof child === "string" ? new Y.XmlText(child) : child)));
  return element;
}

/** What arrives in a note that is open as plain text, of an editor that writes blocks. */
function received(...blocks: Y.XmlElement[]): Y.Text {
  const other = new Y.Doc();
  other.getXmlFragment("note").insert(0, blocks);
  const text = note();
  Y.applyUpdate(text.doc!, Y.encodeStateAsUpdate(other));
  return text;
}

describe("plain text of a note", () => {
  it("is every character, marked or not", () => {
    const text = note();
    text.insert(0, "Bring 🔑 שלום\r\n");
    text.format(0, 5, { bold: true });
    expect([isPlain(text), readable(text)]).toEqual([true, "Bring 🔑 שלום"]);
  });

  it("is not all there is where an editor put a picture or blocks", () => {
    const picture = note();
    picture.insert(0, "Here:");
    picture.insertEmbed(5, { image: "plan.png" });
    expect([isPlain(picture), readable(picture)]).toEqual([false, "Here:"]);
    const list = block("bulletList", block("listItem", block("paragraph", "Gloves")), block("listItem", block("paragraph", "Water")));
    const blocks = received(block("heading", "To bring"), list, block("paragraph", "Thanks", block("hardBreak"), "all"));
    expect([isPlain(blocks), readable(blocks)]).toEqual([false, "To bring\nGloves\nWater\nThanks\nall"]);
  });
});

describe("a position in a text that was replaced", () => {
  it("stays at its words", () => {
    const without = (at: number) => keptPosition("Plan. one two Kept.", "Plan. Kept.", at);
    expect([0, 4, 6, 9, 14, 16, 19].map(without)).toEqual([0, 4, 6, 6, 6, 8, 11]);
    expect(keptPosition("abc", "abc", 2)).toBe(2);
    expect(keptPosition("abc", "", 3)).toBe(0);
    expect(keptPosition("", "abc", 0)).toBe(0);
  });
});

describe("the position of somebody else", () => {
  it("moves with the words that it stands at", () => {
    const text = note();
    text.insert(0, "gloves");
    const sent = (at: number) => JSON.parse(JSON.stringify(Y.createRelativePositionFromTypeIndex(text, at)));
    const [middle, end] = [sent(3), sent(6)];
    text.insert(0, "Bring 🔑 ");
    expect([positionIn(text, middle), positionIn(text, end)]).toEqual([12, 15]);
  });

  it("is nowhere where its text is not here, or it makes no sense", () => {
    const text = note();
    text.insert(0, "gloves");
    const hostile = [
      null, undefined, 3, "x", {}, { item: 1 }, { item: { client: text.doc!.clientID, clock: 99 } },
      { item: { client: text.doc!.clientID } }, { tname: "other" }, { type: { client: 1, clock: 0 } },
    ];
    expect(hostile.map((relative) => positionIn(text, relative)).filter((at) => at !== null)).toEqual([]);
    expect([...text.doc!.share.keys()]).toEqual(["note"]);
  });
});

describe("characters of two code units", () => {
  const [key, lock, sameHalf] = ["🔑", "🔒", "\u{1F911}"];
  const edited = (doc: string, from: number, to: number, insert: string) => {
    const state = EditorState.create({ doc, selection: { anchor: doc.length }, extensions: [wholeCharacters] });
    const edit = state.update({ changes: { from, to, insert }, selection: { anchor: from + insert.length }, userEvent: "input.type" });
    const changes: [number, number, string][] = [];
    edit.changes.iterChanges((fromA, toA, _fromB, _toB, text) => changes.push([fromA, toA, text.toString()]));
    return { changes, caret: edit.newSelection.main.head, isTyping: edit.isUserEvent("input") };
  };

  it("are replaced whole, where a phone's keyboard changes one half", () => {
    expect(edited(`a${key}b`, 2, 3, lock[1]!)).toEqual({ changes: [[1, 3, lock]], caret: 3, isTyping: true });
    // The same low half behind another high one.
    expect(edited(key, 0, 1, sameHalf[0]!)).toEqual({ changes: [[0, 2, sameHalf]], caret: 1, isTyping: true });
    expect(edited(key + key, 1, 3, "")).toEqual({ changes: [[0, 4, key]], caret: 1, isTyping: true });
  });

  it("leave other edits as they are", () => {
    expect(edited(`${key}x`, 2, 3, "y").changes).toEqual([[2, 3, "y"]]);
    expect(edited(`${key}${lock}`, 2, 2, "!").changes).toEqual([[2, 2, "!"]]);
    expect(edited(`a${key}`, 1, 3, "").changes).toEqual([[1, 3, ""]]);
  });
});

import { describe, expect, it } from "vitest";
import { asDelta, changeOf, moved } from "./lib/text-change";

const apply = (text: string, change: ReturnType<typeof changeOf>) =>
  change ? text.slice(0, change.at) + change.insert + text.slice(change.at + change.remove) : text;

describe("changeOf", () => {
  it("finds what was typed where the caret is", () => {
    expect(changeOf("ab", "ab", 2)).toBeNull();
    expect(changeOf("Hello", "Hello!", 6)).toEqual({ at: 5, remove: 0, insert: "!" });
    expect(changeOf("aaaa", "aaaaa", 2)).toEqual({ at: 1, remove: 0, insert: "a" });
    expect(changeOf("aaaa", "aaa", 1)).toEqual({ at: 1, remove: 1, insert: "" });
    expect(changeOf("one two", "one 2", 5)).toEqual({ at: 4, remove: 3, insert: "2" });
    // Undone from afar, the caret says nothing.
    expect(changeOf("one two", "on two", 6)).toEqual({ at: 2, remove: 1, insert: "" });
  });

  it("never takes a character in half", () => {
    const key = "🔑";
    const lock = "🔒";
    expect(changeOf(`a${key}b`, `a${lock}b`, 3)).toEqual({ at: 1, remove: 2, insert: lock });
    expect(changeOf(key, key + key, 2)).toEqual({ at: 0, remove: 0, insert: key });
    const other = "\u{1F911}";
    expect(changeOf(`${key}x`, `${other}x`, 2)).toEqual({ at: 0, remove: 2, insert: other });
    // The same low surrogate behind another high one.
    expect(changeOf("\u{1F511}", "\u{1F911}", 2)).toEqual({ at: 0, remove: 2, insert: "\u{1F911}" });
  });

  it("makes the new text of the old one, whatever the caret", () => {
    const texts = ["", "a", "ab", "aab", "🔑", "a🔑a", "🔒🔑", "\u{1F911}", "the keys", "the 🔑 keys"];
    for (const before of texts) {
      for (const after of texts) {
        for (let caret = 0; caret <= after.length; caret++) expect(apply(before, changeOf(before, after, caret))).toBe(after);
      }
    }
  });
});

describe("moved", () => {
  it("keeps the caret at its words", () => {
    expect(moved(3, [{ insert: "ab" }])).toBe(5);
    expect(moved(3, [{ retain: 3 }, { insert: "ab" }])).toBe(3);
    expect(moved(3, [{ retain: 5 }, { insert: "ab" }])).toBe(3);
    expect(moved(3, [{ retain: 1 }, { delete: 1 }])).toBe(2);
    expect(moved(3, [{ retain: 1 }, { delete: 10 }])).toBe(1);
    expect(moved(3, [{ delete: 1 }, { insert: "xyz" }, { retain: 1 }, { delete: 4 }])).toBe(4);
    expect(moved(0, [{ insert: "ab" }])).toBe(0);
    expect(moved(4, asDelta(changeOf("a word", "a longer word", 13)))).toBe(11);
    expect(moved(4, asDelta(null))).toBe(4);
  });
});

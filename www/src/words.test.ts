import type { Command, Fields, Kept, ReceiptInfo, RefusalCode } from "@wedsync/core";
import { describe, expect, it } from "vitest";
import { deviceName } from "./device";
import { NO_FILTER, byHour, matcher } from "./lib/filter";
import { foldNotes, replacedWords } from "./lib/receipts";
import { asText, copyText, retryable, whatNow } from "./lib/refusals";
import { shift } from "./lib/sample";
import { figures, staffing, staffingWords } from "./lib/state";
import { type StatusFacts, statusLine, waitingDetail } from "./lib/status";
import { civil, days, length, minutes, nowIn, span } from "./lib/time";
import { keptWords } from "./lib/undo";
import { keyOf } from "./parts/undo-bar";
import { codeOf, href, parseHash } from "./router";

const online: StatusFacts = {
  connection: "online", pending: 0, refused: 0, storage: null, syncedAt: 0, backgroundSync: "unavailable", wiped: false, network: "here",
};
const line = (facts: Partial<StatusFacts>) => statusLine({ ...online, ...facts }).text;

describe("the status line", () => {
  it("says what is true, the worst first", () => {
    expect(line({})).toBe("All stored");
    expect(line({ pending: 3 })).toBe("Sending 3…");
    expect(line({ refused: 1 })).toBe("1 refused");
    expect(line({ connection: "offline" })).toBe("Offline");
    expect(line({ connection: "offline", pending: 1 })).toBe("Offline · 1 edit saved here");
    expect(line({ connection: "offline", pending: 3, refused: 2 })).toBe("Offline · 3 edits saved here · 2 refused");
    expect(line({ connection: "connecting", pending: 2 })).toBe("Connecting… · 2 edits saved here");
    expect(line({ connection: "signed_out", pending: 2 })).toBe("Signed out · 2 edits saved here");
    expect(line({ connection: "unsupported" })).toBe("Update needed");
    expect(line({ storage: { code: "quota_exceeded", message: "the disk is full" }, connection: "offline" })).toBe("Cannot save: the disk is full");
  });

  it("never says stored while anything waits, was refused, or nothing is known", () => {
    for (const connection of ["offline", "connecting", "signed_out", "unsupported"] as const) expect(line({ connection })).not.toMatch(/stored/i);
    expect(line({ pending: 1 })).not.toMatch(/stored/i);
    expect(line({ wiped: true })).not.toMatch(/stored/i);
  });

  it("says why edits wait where the browser cannot send in the background", () => {
    const detail = (backgroundSync: StatusFacts["backgroundSync"]) => statusLine({ ...online, connection: "offline", pending: 2, backgroundSync }).detail;
    expect(detail("unavailable")).toBe("This browser cannot send in the background: 2 edits wait until you open the app again with a network.");
    expect(detail("available")).toMatch(/sends in the background/);
  });

  it("promises no sending to a device that the hub does not accept", () => {
    const revoked: StatusFacts = { ...online, connection: "signed_out", pending: 1, backgroundSync: "available" };
    expect(waitingDetail(revoked)).toBe("The hub no longer accepts this device. Sign in again by a link to send what waits.");
    expect(waitingDetail({ ...revoked, connection: "offline" })).toMatch(/sends in the background/);
  });
});

let made = 0;
function refused(code: RefusalCode, command: Command, event: string | null = "e"): ReceiptInfo {
  made += 1;
  return { uuid: `u${made}`, title: `Edit ${made}`, event, state: "refused", madeAt: made, settledAt: made, code, message: "No.", replaced: [], kept: [], command, text: null, lineage: null };
}

describe("a receipt", () => {
  const replaced = { doc: "event/e", table: "assignments", row: "s", field: "helpers_max", value: 3, by: "olivia", by_name: "Olivia" } as const;

  it("names whose value was replaced", () => {
    expect(replacedWords({ ...replaced, field: "title", value: "Tea" }, "me")).toBe("Replaced Olivia’s title “Tea”");
    expect(replacedWords(replaced, "olivia")).toBe("Replaced your own helpers max “3”");
    const set = (fields: Fields): Command => ({ type: "update_assignment", event: "e", assignment: "s", set: fields });
    expect(replacedWords(replaced, "me", set({ helpers_max: 4 }))).toBe("Replaced Olivia’s helpers max “3” with “4”");
    expect(replacedWords(replaced, "me", set({ helpers_max: null }))).toBe("Replaced Olivia’s helpers max “3” with nothing");
    expect(replacedWords(replaced, "me", set({ title: "Tea" }))).toBe("Replaced Olivia’s helpers max “3”");
    expect(replacedWords({ ...replaced, field: "skills", value: ["bar", "till"], by_name: null }, "me")).toBe("Replaced somebody else’s skills “bar, till”");
    const limits: Command = { type: "update_limits", helper: "anna", set: { day_max: 450 } };
    expect(replacedWords({ ...replaced, field: "day_max", value: 480 }, "me", limits)).toBe("Replaced Olivia’s day max “8 h” with “7 h 30”");
    expect(replacedWords({ ...replaced, field: "note", value: null }, "me")).toBe("Replaced Olivia’s emptied note");
  });
});

describe("typing in a note", () => {
  it("stands on one line as long as nothing else was done", () => {
    const write = (assignment: string) => refused("forbidden", { type: "edit_note", event: "e", assignment, update: "" });
    const claim = refused("forbidden", { type: "claim", event: "e", assignment: "s" });
    expect(foldNotes([write("s"), write("s"), write("t"), claim, claim, write("t")]).map((row) => row.times)).toEqual([2, 1, 1, 1, 1]);
  });
});

describe("refusals", () => {
  it("each say what to do now", () => {
    const codes: RefusalCode[] = [
      "forbidden", "invalid", "too_long", "too_large", "not_found", "already_exists", "already_taken", "not_assigned", "cancelled", "deleted",
      "archived", "wrong_state", "newer_schema", "unknown_command", "client_forked", "out_of_order", "internal",
      "lineage_closed",
    ];
    for (const code of codes) expect(whatNow(code)).toMatch(/\.$/);
    expect(whatNow("already_taken", "claim")).toMatch(/another shift/);
    expect(retryable("too_long")).toBe(false);
    expect(retryable("already_taken")).toBe(true);
    expect([whatNow("forbidden", "edit_note"), whatNow("lineage_closed", "edit_note")]).toEqual([expect.stringMatching(/^Copy the text\./), expect.stringMatching(/^Copy the text,/)]);
    expect(retryable("forbidden", "edit_note")).toBe(false);
  });

  it("give back what was typed", () => {
    const receipt = refused("forbidden", { type: "update_assignment", event: "e", assignment: "s", set: { note: "Bring the ladder", skills: ["a", "b"] } });
    expect(asText(receipt)).toBe(`${receipt.title}\nNo.\nnote: Bring the ladder\nskills: a, b`);
    const group = { key: "k", code: "forbidden", message: "No.", receipts: [receipt, receipt] } as const;
    expect(copyText({ ...group, receipts: [receipt], text: "Just this" })).toBe("Just this");
    expect(copyText({ ...group, receipts: [receipt, receipt], text: null }).split("Bring the ladder").length).toBe(3);
  });
});

describe("times", () => {
  it("round-trip as civil times and count over the end of a month", () => {
    expect(civil(minutes("2026-02-28T23:30") + 60)).toBe("2026-03-01T00:30");
    expect(days("2026-07-30", "2026-08-01")).toEqual(["2026-07-30", "2026-07-31", "2026-08-01"]);
    expect(span("2026-07-17T10:00", "2026-07-17T12:30")).toBe("10:00–12:30");
    expect([length(45), length(60), length(135)]).toEqual(["45 min", "1 h", "2 h 15"]);
  });

  it("know the hour in the event's zone", () => {
    const at = new Date("2026-07-17T23:30:00Z");
    expect(nowIn("Europe/London", at)).toBe("2026-07-18T00:30");
    expect(nowIn("America/New_York", at)).toBe("2026-07-17T19:30");
    expect(nowIn("Mars/Base", at)).toMatch(/^2026-07-1/);
  });
});

describe("staffing", () => {
  it("has a word for each state", () => {
    const one = { helper: "a", status: "accepted" as const };
    const of = (n: number) => shift({ helpers_min: 1, helpers_max: 2, assigned: Array.from({ length: n }, () => one) });
    expect([0, 1, 2].map((n) => staffing(of(n)))).toEqual(["short", "ok", "full"]);
    expect([0, 1, 2].map((n) => staffingWords(of(n)))).toEqual(["1 short", "Enough", "Full"]);
    expect(figures(of(1))).toBe("1/1–2");
    expect(staffing(shift({ status: "cancelled" }))).toBe("cancelled");
  });
});

describe("the filter and the run-sheet", () => {
  const names = { helper: (id: string) => (id === "anna" ? "Anna Berg" : id), place: () => "Old barn" };
  const mine = shift({ assigned: [{ helper: "anna", status: "accepted" }], helpers_min: 1 });

  it("match every word over title, place and helpers", () => {
    expect(matcher({ ...NO_FILTER, text: "berg BARN" }, names, null)(mine)).toBe(true);
    expect(matcher({ ...NO_FILTER, text: "berg kitchen" }, names, null)(mine)).toBe(false);
    expect(matcher({ ...NO_FILTER, mineOnly: true }, names, "anna")(mine)).toBe(true);
    expect(matcher({ ...NO_FILTER, mineOnly: true }, names, "ben")(mine)).toBe(false);
    expect(matcher({ ...NO_FILTER, openOnly: true }, names, null)(mine)).toBe(false);
  });

  it("group by the hour of the start, the night before first", () => {
    const next = shift({ id: "n", start: "2026-07-18T08:30", end: "2026-07-18T09:00" });
    expect(byHour([mine, next], "2026-07-18").map((g) => g.hour)).toEqual([null, "08:00"]);
    expect(byHour([mine, next], "2026-07-17").map((g) => g.hour)).toEqual(["23:00"]);
  });
});

describe("routes", () => {
  it("read paths, queries and invitations", () => {
    expect(parseHash("#/event/a%20b?day=2026-07-17")).toMatchObject({ path: ["event", "a b"], join: null });
    expect(parseHash("#/event/x?day=2026-07-17").query.get("day")).toBe("2026-07-17");
    expect(parseHash("#join=AB-12").join).toBe("AB-12");
    expect(parseHash("").path).toEqual([]);
    expect(href(["event", "a b"], { day: "d", shift: null })).toBe("#/event/a%20b?day=d");
  });

  it("find the code in a pasted link", () => {
    expect(codeOf(" https://hub.example.org/#join=ABCDEF ")).toBe("ABCDEF");
    expect(codeOf("ABCDEF")).toBe("ABCDEF");
    expect(codeOf("https://hub.example.org/")).toBeNull();
  });
});

describe("the name of a device", () => {
  it("says browser and system", () => {
    expect(deviceName("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18 Mobile Safari/604")).toBe("Safari on iPhone");
    expect(deviceName("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537 Chrome/156.0 Mobile Safari/537")).toBe("Chrome on Android");
    expect(deviceName("Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/150.0")).toBe("Firefox on Windows");
  });
});

describe("what an undo left", () => {
  const kept = (field: Kept["field"], more: Partial<Kept> = {}): Kept => ({
    doc: "event/e", table: "assignments", row: "a", field, value: null, why: null, by: "u2", by_name: "Anna", ...more,
  });
  const words = (...all: Kept[]) => keptWords(all, "u1", (id) => (id === "ben" ? "Ben" : "?"));

  it("names what stays and who changed it", () => {
    expect(words()).toBe("");
    expect(words(kept("end"))).toBe("All but the end: Anna changed it since.");
    expect(words(kept("end"), kept("helpers_max"))).toBe("All but the end and the helpers max: Anna changed them since.");
    expect(words(kept("status", { table: "assigned", row: "a.ben", by: null, by_name: null }))).toBe("All but the place of Ben: somebody changed it since.");
    expect(words(kept("end", { by: "u1" }), kept("title"))).toBe("All but the end and the title: others changed them since.");
    expect(words(kept("end"), kept("title"), kept("note"), kept("team"))).toBe("All but the end, the title, the note and 1 more: Anna changed them since.");
  });

  it("says why what cannot be taken back stays", () => {
    expect(words(kept("status", { why: "“Bar” was cancelled." }), kept("status", { why: "“Bar” was cancelled.", row: "b" }))).toBe("“Bar” was cancelled.");
  });

  it("knows the keys", () => {
    const key = (text: string, more: object) => keyOf({ key: text, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...more } as KeyboardEvent);
    expect(key("z", { ctrlKey: true })).toBe("undo");
    expect(key("z", { metaKey: true })).toBe("undo");
    expect(key("Z", { metaKey: true, shiftKey: true })).toBe("redo");
    expect(key("y", { ctrlKey: true })).toBe("redo");
    expect(key("y", { metaKey: true })).toBeNull();
    expect(key("z", {})).toBeNull();
    expect(key("z", { ctrlKey: true, altKey: true })).toBeNull();
  });
});

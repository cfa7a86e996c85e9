import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CoreReceipt } from "./core.js";
import { WedSyncError } from "./errors.js";
import { findSaved, groupRefusals, PendingReceipts, receiptInfo, savedInfo } from "./receipts.js";
import type { Command } from "./types.js";

const command: Command = { type: "claim", event: "e1", assignment: "a1" };

function receipt(uuid: string, more: Partial<CoreReceipt> = {}): CoreReceipt {
  const verdict = { settled_at: null, code: null, message: null, replaced: [], kept: [] };
  return { uuid, title: "Take Bar", event: "e1", state: "saved", made_at: 10, command, ...verdict, ...more };
}

const saved = (uuid: string) => savedInfo(uuid, "Take Bar", command, 10);

describe("PendingReceipts", () => {
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown) => void unhandled.push(reason);
  beforeEach(() => void process.on("unhandledRejection", onUnhandled));
  afterEach(() => {
    process.off("unhandledRejection", onUnhandled);
    expect(unhandled).toEqual([]);
  });

  it("resolves what is stored, rejects what is refused, and waits for the rest", async () => {
    const pending = new PendingReceipts();
    const [one, two, three] = ["1", "2", "3"].map((uuid) => pending.add(saved(uuid)));
    const rows = new Map([
      ["1", receipt("1", { state: "stored", settled_at: 20 })],
      ["2", receipt("2", { state: "refused", code: "already_taken", message: "Anna was first." })],
      ["3", receipt("3")],
    ]);
    pending.settle(pending.uuids(), (uuid) => rows.get(uuid));
    await expect(one!.stored).resolves.toMatchObject({ uuid: "1", state: "stored", madeAt: 10, settledAt: 20 });
    await expect(two!.stored).rejects.toMatchObject({ code: "already_taken", message: "Anna was first." });
    const still = Symbol("still waiting");
    expect(await Promise.race([three!.stored, Promise.resolve(still)])).toBe(still);

    pending.settle(["3"], () => receipt("3", { state: "stored", settled_at: 30 }));
    await expect(three!.stored).resolves.toMatchObject({ settledAt: 30 });
  });

  it("takes an edit that was answered and is forgotten for stored, and no answer for none", async () => {
    const pending = new PendingReceipts();
    const forgotten = pending.add(saved("1"));
    pending.settle(["1"], (uuid) => receipt(uuid));
    pending.settle(["1"], () => undefined);
    expect(pending.uuids()).toEqual(["1"]);
    pending.settle(["1"], () => null);
    const known = { uuid: "1", title: "Take Bar", event: "e1", command, madeAt: 10, state: "stored", replaced: [] };
    await expect(forgotten.stored).resolves.toMatchObject(known);
    expect(pending.uuids()).toEqual([]);
  });

  it("knows what was answered before it was added, as long as edits are being submitted", () => {
    const pending = new PendingReceipts();
    pending.settle(["1"], () => undefined);
    pending.begin();
    pending.begin();
    pending.settle(["2"], () => undefined);
    pending.end();
    expect(["1", "2"].map((uuid) => pending.wasEarly(uuid))).toEqual([false, true]);
    pending.end();
    expect(pending.wasEarly("2")).toBe(false);
  });

  it("rejects quietly where nobody waits", async () => {
    const pending = new PendingReceipts();
    pending.add(saved("1"));
    pending.settle(["1"], () => receipt("1", { state: "refused", code: "forbidden", message: "no" }));
    pending.add(saved("2"));
    pending.abandon(new WedSyncError("closed", "closed"));
    await new Promise((resolve) => setTimeout(resolve, 10));
  });

  it("looks only at edits that are named and that somebody waits for", async () => {
    const pending = new PendingReceipts();
    const [one, two] = ["1", "2"].map((uuid) => pending.add(saved(uuid)));
    const looked: string[] = [];
    const stored = (uuid: string) => (looked.push(uuid), receipt(uuid, { state: "stored", settled_at: 1 }));
    pending.settle(["2", "of another tab"], stored);
    await two!.stored;
    expect([looked, pending.uuids()]).toEqual([["2"], ["1"]]);
    pending.settle(pending.uuids(), stored);
    await one!.stored;
  });
});

describe("groupRefusals", () => {
  let made = 0;
  const typed = (uuids: string[]) => `[${uuids.join()}]`;
  const refused = (more: Partial<CoreReceipt>) =>
    receiptInfo(receipt(`u${++made}`, { state: "refused", code: "forbidden", message: "No.", made_at: made, ...more }));
  const written = (assignment: string, text: string, lineage: number | null, code: CoreReceipt["code"] = "lineage_closed") =>
    refused({ command: { type: "edit_note", event: "e1", assignment, update: "AAA=" }, text, lineage, code });

  it("puts refusals of one cause on one card, the newest card first, the oldest edit first", () => {
    const taken = [refused({ code: "already_taken" }), refused({ code: "already_taken" })];
    const other = [refused({ event: "e2", code: "already_taken" }), refused({ code: "cancelled" })];
    const stored = receiptInfo(receipt("s", { state: "stored" }));
    const later = refused({ code: "already_taken" });
    const groups = groupRefusals([later, stored, ...other, ...[...taken].reverse()], typed);
    expect(groups.map((g) => g.receipts)).toEqual([[...taken, later], [other[1]], [other[0]]]);
    expect(groups[0]).toMatchObject({ code: "already_taken", message: "No.", text: null });
    expect(groupRefusals(taken, typed)[0]?.key).toBe(groups[0]?.key);
  });

  it("has one card for a note after the first refusal: why that was, and all that was typed", () => {
    const edits = [
      written("a1", "Bring ", 7, "forbidden"),
      written("a1", "the ", 7),
      written("a1", "", null, "forbidden"),
      written("a2", "Elsewhere", 7, "forbidden"),
      written("a1", "Another tab", 8, "forbidden"),
      written("a1", "keys", 7),
    ];
    const uuids = edits.map((edit) => edit.uuid);
    const groups = groupRefusals([...edits].reverse(), typed);
    expect(groups.map(({ code, text }) => [code, text])).toEqual([
      ["forbidden", typed([0, 1, 2, 5].map((i) => uuids[i]!))],
      ["forbidden", typed([uuids[4]!])],
      ["forbidden", typed([uuids[3]!])],
    ]);
  });

  it("has a card for a deletion alone", () => {
    const receipts = [written("a1", "", null, "forbidden")];
    expect(groupRefusals(receipts, () => "")).toMatchObject([{ text: "", receipts }]);
  });
});

describe("findSaved", () => {
  it("finds the edit by its content, without what the core adds to it", () => {
    const made: Command = { type: "update_event", event: "e1", set: { title: "Fair" } };
    const kept = { type: "update_event", saw: { title: "Feast" }, set: { title: "Fair" }, event: "e1" } as Command;
    const rows = [
      receipt("old", { command: kept, made_at: 5 }),
      receipt("known", { command: kept, made_at: 20 }),
      receipt("other", { made_at: 20 }),
      receipt("mine", { command: kept, made_at: 20 }),
    ];
    expect(findSaved(rows, made, 10, new Set(["known"]))?.uuid).toBe("mine");
    expect(findSaved(rows.slice(0, 3), made, 10, new Set(["known"]))).toBeUndefined();
  });
});

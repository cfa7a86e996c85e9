import type { CoreReceipt } from "./core.js";
import { WedSyncError } from "./errors.js";
import type { Command, Receipt, ReceiptInfo, RefusalGroup } from "./types.js";

export function receiptInfo(row: CoreReceipt): ReceiptInfo {
  return {
    uuid: row.uuid,
    title: row.title,
    event: row.event ?? null,
    state: row.state,
    madeAt: row.made_at,
    settledAt: row.settled_at ?? null,
    code: row.code ?? null,
    message: row.message ?? null,
    replaced: row.replaced ?? [],
    kept: row.kept ?? [],
    command: row.command,
    text: row.text ?? null,
    lineage: row.lineage ?? null,
  };
}

/**
 * Refused edits, one group for each cause: the same code for the same kind of edit in one event, or what was typed in
 * one note after the first refusal. The newest group first. `typed` gives what was typed in edits together.
 */
export function groupRefusals(receipts: readonly ReceiptInfo[], typed: (uuids: string[]) => string): RefusalGroup[] {
  const groups = new Map<string, RefusalGroup>();
  const refused = receipts.filter((receipt) => receipt.state === "refused");
  refused.sort((a, b) => a.madeAt - b.madeAt || (a.uuid < b.uuid ? -1 : 1));
  for (const receipt of refused) {
    const key = causeOf(receipt, groups);
    const group = groups.get(key);
    if (group) {
      group.receipts.push(receipt);
    } else {
      const { code, message, text } = receipt;
      groups.set(key, { key, code, message, receipts: [receipt], text });
    }
  }
  for (const group of groups.values()) {
    if (group.text !== null) group.text = typed(group.receipts.map((receipt) => receipt.uuid));
  }
  const newest = (group: RefusalGroup) => group.receipts.at(-1)?.madeAt ?? 0;
  return [...groups.values()].sort((a, b) => newest(b) - newest(a));
}

function causeOf({ code, command, event, lineage }: ReceiptInfo, groups: ReadonlyMap<string, unknown>): string {
  if (command.type !== "edit_note") return [code, command.type, event].join("|");
  const note = `edit_note|${event}|${command.assignment}|`;
  // What only deletes has no lineage: it goes with what was typed before it.
  const before = [...groups.keys()].filter((key) => key.startsWith(note)).at(-1);
  return lineage === null ? (before ?? note) : note + lineage;
}

/** What is known of an edit that was saved a moment ago, without asking the core: not what an undo keeps, nor its event. */
export function savedInfo(uuid: string, title: string, command: Command, madeAt: number): ReceiptInfo {
  const event = "event" in command ? command.event : null;
  const verdict = { settledAt: null, code: null, message: null, replaced: [], kept: [], text: null, lineage: null };
  return { uuid, title, event, state: "saved", madeAt, command, ...verdict };
}

interface Waiting {
  saved: ReceiptInfo;
  resolve(info: ReceiptInfo): void;
  reject(error: WedSyncError): void;
}

/** The promises of edits that wait for the hub's verdict. */
export class PendingReceipts {
  readonly #waiting = new Map<string, Waiting>();
  /** Edits that were answered before they were added, while any is being submitted. */
  readonly #early = new Set<string>();
  #submitting = 0;

  /** An edit is being submitted, until `end`. */
  begin(): void {
    this.#submitting += 1;
  }

  end(): void {
    this.#submitting -= 1;
    if (this.#submitting === 0) this.#early.clear();
  }

  /** The receipt of an edit that was just saved. */
  add(saved: ReceiptInfo): Receipt {
    const { uuid } = saved;
    const stored = new Promise<ReceiptInfo>((resolve, reject) => {
      this.#waiting.set(uuid, { saved, resolve, reject });
    });
    // Whoever does not wait for the verdict sees a refusal in `receipts`; it is no unhandled rejection.
    stored.catch(() => {});
    return { uuid, stored };
  }

  /** Whether it was answered before it was added. */
  wasEarly(uuid: string): boolean {
    return this.#early.has(uuid);
  }

  /** The edits that wait. */
  uuids(): string[] {
    return [...this.#waiting.keys()];
  }

  /**
   * Settles those of these edits that have a verdict by now. `lookUp` answers null for one that is not there any more: only
   * of stored edits does the core forget the receipt, after hundreds of others. Undefined is no answer.
   */
  settle(uuids: Iterable<string>, lookUp: (uuid: string) => CoreReceipt | null | undefined): void {
    for (const uuid of uuids) {
      const promise = this.#waiting.get(uuid);
      if (!promise) {
        if (this.#submitting > 0) this.#early.add(uuid);
        continue;
      }
      const row = lookUp(uuid);
      if (row === undefined || row?.state === "saved") continue;
      this.#waiting.delete(uuid);
      if (row === null) promise.resolve({ ...promise.saved, state: "stored", settledAt: Date.now() });
      else if (row.state === "stored") promise.resolve(receiptInfo(row));
      else promise.reject(new WedSyncError(row.code ?? "internal", row.message ?? "The hub refused this edit."));
    }
  }

  /** Gives up waiting; the edits themselves stay where they are. */
  abandon(error: WedSyncError): void {
    for (const promise of this.#waiting.values()) promise.reject(error);
    this.#waiting.clear();
  }
}

/**
 * The receipt of a command that was handed to a core which then failed: among those made since, the one with the
 * same content. `saw` is left out of the comparison, because the core fills it in.
 */
export function findSaved(
  receipts: CoreReceipt[],
  command: Command,
  since: number,
  known: ReadonlySet<string>,
): CoreReceipt | undefined {
  const wanted = canonical(command);
  return receipts.find((row) => row.made_at >= since && !known.has(row.uuid) && canonical(row.command) === wanted);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) => {
    if (key === "saw") return undefined;
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

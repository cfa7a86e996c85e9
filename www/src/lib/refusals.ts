/** Refused edits as cards: what, why, what now. Many of one cause stand on one card. */
import type { Command, ReceiptInfo, RefusalCode } from "@wedsync/core";

export interface RefusalGroup {
  key: string;
  code: RefusalCode | null;
  /** The newest first. */
  items: ReceiptInfo[];
}

/** One group for each cause: the code, the kind of edit and the event. */
export function groupRefusals(receipts: readonly ReceiptInfo[]): RefusalGroup[] {
  const groups = new Map<string, RefusalGroup>();
  for (const receipt of receipts) {
    if (receipt.state !== "refused") continue;
    const key = [receipt.code ?? "", receipt.command.type, receipt.event ?? ""].join("|");
    const group = groups.get(key);
    if (group) group.items.push(receipt);
    else groups.set(key, { key, code: receipt.code, items: [receipt] });
  }
  const groupsInOrder = [...groups.values()];
  for (const group of groupsInOrder) group.items.sort((a, b) => b.madeAt - a.madeAt);
  return groupsInOrder.sort((a, b) => (b.items[0]?.madeAt ?? 0) - (a.items[0]?.madeAt ?? 0));
}

/** What a person can do about a refusal. */
export function whatNow(code: RefusalCode | null, type?: Command["type"]): string {
  if (code === "already_taken" && type === "claim") return "Somebody was faster. Look for another shift with open places.";
  switch (code) {
    case "already_taken": return "Open the shift and choose another helper, or raise its number of helpers.";
    case "forbidden": return "Ask a coordinator or an owner to do it, or to change your role.";
    case "invalid": return "Open it, correct the value and save again.";
    case "too_long": return "Shorten the text and save again.";
    case "too_large": return "Split it into smaller steps.";
    case "not_found": return "It is no longer in the plan. Copy your text if you still need it.";
    case "already_exists": return "It is in the plan already; nothing is missing.";
    case "not_assigned": return "The helper is not on this shift any more. Open it to see who is.";
    case "deleted": return "An owner deleted the event. Copy your text if you still need it.";
    case "cancelled": return "The shift was cancelled. A coordinator can bring it back.";
    case "archived": return "It was archived. A coordinator can bring it back.";
    case "wrong_state": return "Open the shift to see its state; somebody may have been faster.";
    case "newer_schema":
    case "unknown_command": return "Reload to get the new version, then try again.";
    case "lineage_closed": return "Copy your text, then type it into the note as it is now.";
    case "client_forked":
    case "out_of_order":
    case "internal":
    case null: return "Try again. If it is refused again, copy the text and tell your coordinator.";
  }
}

/** Trying the same again makes sense where the plan or the role may have changed meanwhile. */
export function retryable(code: RefusalCode | null): boolean {
  const final: (RefusalCode | null)[] = ["too_long", "too_large", "already_exists", "lineage_closed", "deleted"];
  return !final.includes(code);
}

/** The shift an edit was about. */
export function assignmentOf(command: Command): string | null {
  if ("assignment" in command) return command.assignment;
  return command.type === "reassign" ? command.to : null;
}

/** What was typed or chosen, as text to copy. */
export function asText(receipt: ReceiptInfo): string {
  const typed = "set" in receipt.command ? receipt.command.set : "fields" in receipt.command ? receipt.command.fields : {};
  const lines = Object.entries(typed).map(([field, value]) => `${field.replaceAll("_", " ")}: ${words(value)}`);
  return [receipt.title, receipt.message ?? "", ...lines].filter(Boolean).join("\n");
}

function words(value: unknown): string {
  if (value === null || value === undefined) return "";
  return Array.isArray(value) ? value.join(", ") : String(value);
}

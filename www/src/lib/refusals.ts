/** Refused edits as cards: what, why, what now. */
import type { Command, ReceiptInfo, RefusalCode, RefusalGroup } from "@wedsync/core";

/** What a person can do about a refusal. */
export function whatNow(code: RefusalCode | null, type?: Command["type"]): string {
  if (type === "edit_note") return NOTE_NOW[code ?? "internal"] ?? "Copy the text, and write it again in the note if it still belongs there.";
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
    case "not_undoable": return "Change it back by hand.";
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

const NOTE_NOW: Partial<Record<RefusalCode, string>> = {
  forbidden: "Copy the text. A coordinator or an owner can put it into the note, or let you write again.",
  too_large: "Copy the text, and write it in smaller parts.",
  not_found: "The shift is no longer in the plan. Copy your text if you still need it.",
};

/** Trying the same again makes sense where the plan or the role may have changed meanwhile. */
export function retryable(code: RefusalCode | null, type?: Command["type"]): boolean {
  // What was typed in a note builds on what was refused: people write it anew.
  const final: (RefusalCode | null)[] = ["too_long", "too_large", "already_exists", "deleted", "not_undoable"];
  return type !== "edit_note" && !final.includes(code);
}

/** The shift an edit was about. */
export function assignmentOf(command: Command): string | null {
  if ("assignment" in command) return command.assignment;
  return command.type === "reassign" ? command.to : null;
}

/** What to copy from a card: for a note the very words, for all else each edit with its reason. */
export function copyText(group: RefusalGroup): string {
  return group.text || group.receipts.map(asText).join("\n\n");
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

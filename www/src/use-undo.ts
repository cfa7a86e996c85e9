/** Taking edits back and doing them again: what follows is said, and asked where somebody changed something since. */
import type { Receipt, UndoableEdit } from "@wedsync/core";
import { useMemo } from "react";
import { isOpen, keptWords } from "./lib/undo";
import { notify } from "./parts/toasts";
import { errorInfo, useNames, useWorkspace, watch } from "./workspace";

/** How long the hub may take to say who it was, before somebody is called somebody. */
const WHO_MS = 1_500;

export interface Undo {
  /** The last own edit. */
  undo: () => void;
  redo: () => void;
  /** One certain own edit. */
  takeBack: (edit: UndoableEdit) => void;
}

export function useUndo(): Undo {
  const ws = useWorkspace();
  const names = useNames();
  return useMemo(() => {
    const run = async (give: () => Promise<Receipt | undefined>, edit: UndoableEdit, done: string, isRedo: boolean) => {
      try {
        const receipt = await give();
        if (!receipt) return;
        watch(receipt);
        await tell(receipt, edit, done, isRedo);
      } catch (error) {
        notify({ tone: "bad", text: errorInfo(error).message });
      }
    };
    const tell = async (receipt: Receipt, edit: UndoableEdit, done: string, isRedo: boolean) => {
      const known = () => ws.receipts.get().find((r) => r.uuid === receipt.uuid)?.kept ?? [];
      const say = (kept: ReturnType<typeof known>) => {
        const asks = kept.some(isOpen);
        const again = () => void run(() => ws.do({ type: "undo", mutation: edit.uuid, also_changed: true }), edit, done, true);
        const back = () => void run(() => ws.redo(), edit, "Done again", true);
        notify({
          tone: "calm",
          text: `${done}: ${edit.title}. ${keptWords(kept, ws.user, names.helper)}`.trim(),
          ...(asks ? { action: { label: "Take that back, too", run: again } } : isRedo ? {} : { action: { label: "Redo", run: back } }),
        });
      };
      if (known().length === 0) {
        say([]);
        // The hub knows more: it may have kept what this device took for its own.
        const { kept } = await receipt.stored.catch(() => ({ kept: [] }));
        if (kept.length > 0) say(kept);
        return;
      }
      if (ws.status.get().connection === "online") await Promise.race([receipt.stored.catch(() => undefined), pause(WHO_MS)]);
      say(known());
    };
    const last = (which: "undo" | "redo", done: string) => () => {
      const edit = ws.undoable.get()[which];
      if (edit) void run(() => ws[which](), edit, done, which === "redo");
    };
    return {
      undo: last("undo", "Taken back"),
      redo: last("redo", "Done again"),
      takeBack: (edit) => void run(() => ws.do({ type: "undo", mutation: edit.uuid }), edit, "Taken back", false),
    };
  }, [ws, names]);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

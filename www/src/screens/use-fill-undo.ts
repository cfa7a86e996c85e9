/** Taking a filling back: from the message that follows it, and from the event's menu as long as something of it stands. */
import type { Command, EventHandle, FillPlan, Post } from "@wedsync/core";
import { useCallback, useMemo } from "react";
import { plural } from "../lib/state";
import { notify } from "../parts/toasts";
import { useAct, useStore, useWorkspace } from "../workspace";

interface Standing {
  /** When it was filled, in milliseconds since 1970. */
  at: number;
  assign: Post[];
  /** The places that would be given up. */
  places: number;
}

export function useFillUndo(event: EventHandle) {
  const ws = useWorkspace();
  const act = useAct();
  const receipts = useStore(ws.receipts);
  const assignments = useStore(event.assignments);

  const takeBack = useCallback(
    async (assign: Post[]) => {
      const undo = event.undoFill(assign);
      if (!undo) return notify({ tone: "calm", text: "Nothing of it stands any more." });
      if (await act(() => ws.do(undo))) notify({ tone: "calm", text: `${plural(undo.unassign?.length ?? 0, "place")} taken back.` });
    },
    [act, event, ws],
  );
  const apply = useCallback(
    async (plan: FillPlan) => {
      const { command } = plan;
      if (!command || !(await act(() => ws.do(command)))) return false;
      notify({
        tone: "calm",
        text: `${plural(plan.assign.length, "place")} filled.`,
        action: { label: "Undo", run: () => void takeBack(plan.assign) },
      });
      return true;
    },
    [act, takeBack, ws],
  );
  /** The last filling, where something of it stands. */
  const standing = useMemo((): Standing | null => {
    const last = receipts.find((r) => r.state !== "refused" && isFilling(r.command, event.id));
    if (last?.command.type !== "staff") return null;
    const assign = last.command.assign ?? [];
    const places = event.undoFill(assign)?.unassign?.length ?? 0;
    return places > 0 ? { at: last.madeAt, assign, places } : null;
  }, [receipts, assignments, event]);
  return { apply, takeBack, standing };
}

/** Only a filling puts helpers on shifts by one command without taking any off. */
function isFilling(command: Command, event: string): boolean {
  return command.type === "staff" && command.event === event && (command.assign?.length ?? 0) > 0 && (command.unassign?.length ?? 0) === 0;
}

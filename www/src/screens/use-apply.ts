/** Gives a command whose way back is offered for a moment. */
import type { Command } from "@wedsync/core";
import { useCallback } from "react";
import { undoOf } from "../lib/undo";
import { notify } from "../parts/toasts";
import { useAct, useWorkspace } from "../workspace";

/** True once it is saved on this device. */
export function useApply(): (command: Command, done: string) => Promise<boolean> {
  const ws = useWorkspace();
  const act = useAct();
  return useCallback(
    async (command, done) => {
      const undo = undoOf(command, {
        shift: (event, id) => ws.event(event).assignments.get().find((a) => a.id === id),
        person: (helper) => ws.person(helper).facts.get(),
      });
      if (!(await act(() => ws.do(command)))) return false;
      const takeBack = async () => {
        if (undo && (await act(() => ws.do(undo)))) notify({ tone: "calm", text: "Taken back." });
      };
      notify({ tone: "calm", text: `Done. ${done}`, ...(undo ? { action: { label: "Undo", run: () => void takeBack() } } : {}) });
      return true;
    },
    [act, ws],
  );
}

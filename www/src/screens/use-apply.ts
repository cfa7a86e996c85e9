/** Gives a command whose way back is offered for a moment. */
import type { Command, Receipt } from "@wedsync/core";
import { useCallback } from "react";
import { notify } from "../parts/toasts";
import { useUndo } from "../use-undo";
import { errorInfo, useWorkspace, watch } from "../workspace";

/** True once it is saved on this device. */
export function useApply(): (command: Command, done: string) => Promise<boolean> {
  const ws = useWorkspace();
  const { takeBack } = useUndo();
  return useCallback(
    async (command, done) => {
      let receipt: Receipt;
      try {
        receipt = await ws.do(command);
      } catch (error) {
        notify({ tone: "bad", text: errorInfo(error).message });
        return false;
      }
      watch(receipt);
      const title = ws.receipts.get().find((r) => r.uuid === receipt.uuid)?.title ?? done;
      notify({ tone: "calm", text: done, action: { label: "Undo", run: () => takeBack({ uuid: receipt.uuid, title }) } });
      return true;
    },
    [takeBack, ws],
  );
}

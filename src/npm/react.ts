/** Hooks for React 18 and later. */
import { useMemo, useSyncExternalStore } from "react";
import type { Assignment, EventSummary, ReceiptInfo, Status, Store, Workspace } from "./types.js";

/** The value of a store, now and whenever it changes. */
export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get, store.get);
}

export function useStatus(workspace: Workspace): Status {
  return useStore(workspace.status);
}

export function useReceipts(workspace: Workspace): ReceiptInfo[] {
  return useStore(workspace.receipts);
}

/** One event: `summary` is undefined until the event is known on this device. */
export function useEvent(
  workspace: Workspace,
  id: string,
): { summary: EventSummary | undefined; assignments: Assignment[] } {
  const event = workspace.event(id);
  const summary = useStore(event.summary);
  const assignments = useStore(event.assignments);
  return useMemo(() => ({ summary, assignments }), [summary, assignments]);
}

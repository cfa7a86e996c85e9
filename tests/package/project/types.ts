import { account, join, newId, openWorkspace, signOut, team, WedSyncError } from "@wedsync/core";
import type { CalendarPreview, Candidate, Conflict, FillPlan, Outlook, Suggestion } from "@wedsync/core";
import type { Account, Assignment, Invite, Receipt, ReceiptInfo, Status, Workspace } from "@wedsync/core";
import { useAssignment, useDo, useEvent, useReceipts, useStatus, useStore, WorkspaceProvider } from "@wedsync/core/react";
import { start } from "@wedsync/core/service-worker";

export async function story(): Promise<ReceiptInfo | undefined> {
  const hub = "https://hub.example.org";
  const me: Account = (await account()) ?? (await join({ hub, code: "code", deviceName: "Phone" }));
  const ws: Workspace = await openWorkspace({ hub: me.hub, token: async () => "jwt" });
  const status: Status = ws.status.get();
  const stop: () => void = ws.status.subscribe(() => {});
  const event = ws.event("wedding");
  const rows: Assignment[] = event.assignments.get();
  try {
    const receipt: Receipt = await event.do({ type: "assign", assignment: rows[0]?.id ?? newId(), helper: newId() });
    return await receipt.stored;
  } catch (error) {
    if (error instanceof WedSyncError && error.code === "already_taken") console.log(error.message, status.pending);
    return undefined;
  } finally {
    stop();
    await signOut(ws, { waiting: "keep" });
  }
}

export async function wrong(ws: Workspace): Promise<void> {
  // @ts-expect-error -- a helper is missing
  await ws.event("wedding").do({ type: "assign", assignment: "shift" });
  // @ts-expect-error -- there is no such command
  await ws.do({ type: "asign", event: "wedding", assignment: "shift", helper: "anna" });
}

export async function conflicts(ws: Workspace): Promise<string[]> {
  const event = ws.event("wedding");
  const found: Conflict[] = event.conflicts.get();
  const { appear }: Outlook = event.previewConflicts({ type: "unassign", assignment: "shift", helper: "anna" });
  const [best]: Candidate[] = event.candidates("shift");
  const [first]: Suggestion[] = found[0] ? ws.suggestions(found[0]) : [];
  const plan: FillPlan = await event.fillGaps({ ask_unknown: true, onProgress: ({ placed }) => console.log(placed) });
  if (plan.command) await ws.do(plan.command);
  const { command }: CalendarPreview = await ws.readCalendar(new Blob([]), { helper: "anna" });
  await ws.do(command);
  return [...appear, ...(best?.new ?? []), ...(first?.new ?? [])].map((conflict) => conflict.text);
}

export const invite = (): Promise<Invite> => team().invite({ role: "helper", name: "Anna" });
export const hooks = [useEvent, useReceipts, useStatus, useStore, WorkspaceProvider];
export function Shift(event: string, id: string): [Assignment | undefined, () => Promise<Receipt | undefined>] {
  const [edit, { error }] = useDo();
  if (error?.code === "already_taken") console.log(error.message);
  return [useAssignment(event, id), () => edit({ type: "claim", event, assignment: id })];
}
export const worker: typeof start = start;

/** Who is signed in, and what the screens make of the package's hooks. */
import type { Account, Command, Conflict, Receipt, Store, WedSyncErrorInfo } from "@wedsync/core";
import { WedSyncError } from "@wedsync/core";
import { useHelpers, usePlaces, useStatus, useStore, useWorkspace } from "@wedsync/core/react";
import { createContext, use, useCallback, useMemo } from "react";
import { plans } from "./lib/state";
import { notify } from "./parts/toasts";

export interface Session {
  account: Account;
  /** Reads the account again: after signing in or out. */
  reload: () => Promise<void>;
}

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = use(SessionContext);
  if (!session) throw new Error("a screen outside the session");
  return session;
}

export interface May {
  plan: boolean;
  owner: boolean;
  /** Notes are for all who help. */
  write: boolean;
  /** The helper that this person is. */
  helper: string | null;
  /** The same, where their role lets them act as that helper. */
  acting: string | null;
}

/** What this person may do. The hub decides again with the role of that moment. */
export function useMay(): May {
  const { role, helper } = useStatus();
  return { plan: plans(role), owner: role === "owner", write: role !== "viewer", helper, acting: role === "viewer" ? null : helper };
}

export interface Names {
  helper: (id: string) => string;
  place: (id: string | null) => string;
}

/** Names by id; an id that is not known here yet has a plain word. */
export function useNames(): Names {
  const helpers = useHelpers();
  const places = usePlaces();
  return useMemo(() => {
    const byHelper = new Map(helpers.map((h) => [h.id, h.name]));
    const byPlace = new Map(places.map((p) => [p.id, p.name]));
    return {
      helper: (id) => byHelper.get(id) ?? "Unknown helper",
      place: (id) => (id ? (byPlace.get(id) ?? "Unknown place") : ""),
    };
  }, [helpers, places]);
}

/** What is wrong with an event: all of it for planners, for others what concerns themselves. */
export function useConflicts(of: { readonly conflicts: Store<Conflict[]> }): Conflict[] {
  const all = useStore(of.conflicts);
  const { plan, helper } = useMay();
  return useMemo(() => (plan ? all : all.filter((c) => c.helper !== null && c.helper === helper)), [all, plan, helper]);
}

export function errorInfo(error: unknown): WedSyncErrorInfo {
  if (error instanceof WedSyncError) return { code: error.code, message: sentence(error.message), field: error.field };
  const message = error instanceof Error ? error.message : String(error);
  return { code: "internal", message: `Something went wrong: ${message}` };
}

/** Messages come as clauses that may begin with a field's name, `'helpers_min' must …`; people read sentences. */
export function sentence(text: string): string {
  const clause = text.replace(/^'([a-z_]+)' /, (_, field: string) => `${field.replaceAll("_", " ")} `);
  const whole = clause.charAt(0).toUpperCase() + clause.slice(1);
  return /[.!?…”"]$/.test(whole) ? whole : `${whole}.`;
}

/** Runs one edit; a refusal becomes a toast. True once it is saved on this device. */
export function useAct(): (edit: () => Promise<Receipt>) => Promise<boolean> {
  return useCallback(async (edit) => {
    try {
      watch(await edit());
      return true;
    } catch (error) {
      notify({ tone: "bad", text: errorInfo(error).message });
      return false;
    }
  }, []);
}

/** A later refusal is shown by the status line and the outbox: the promise must only not go unhandled. */
export function watch(receipt: Receipt): void {
  receipt.stored.catch(() => undefined);
}

export function useDo(): (command: Command) => Promise<boolean> {
  const ws = useWorkspace();
  const act = useAct();
  return useCallback((command) => act(() => ws.do(command)), [act, ws]);
}

export { useAssignment, useAssignments, useEvents, useHelper, useHelpers, usePerson, usePlaces, useReceipts, useRefusals, useStatus, useStore, useUndoable, useWorkspace } from "@wedsync/core/react";

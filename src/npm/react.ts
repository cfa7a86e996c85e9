/**
 * Hooks for React 19. A component renders again when what it reads has changed, and only then: rows that did not change
 * keep their identity, so that `memo` works on them. `examples/react` is an app made with them.
 *
 *     const opening = openWorkspace({ hub }); // once, outside of components
 *
 *     <Suspense fallback={<p>Opening…</p>}>
 *       <WorkspaceProvider workspace={opening}>
 *         <Shifts event="2f1c…" />
 *       </WorkspaceProvider>
 *     </Suspense>
 */
import { createContext, createElement, type ReactNode, use, useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { toError, WedSyncError } from "./errors.js";
import type {
  Assignment,
  Command,
  Conflict,
  EventSummary,
  Helper,
  NoteHandle,
  NoteReset,
  NoteStatus,
  Peer,
  Person,
  Place,
  Receipt,
  ReceiptInfo,
  RefusalGroup,
  Shown,
  Status,
  Store,
  Undoable,
  Workspace,
  Yjs,
  YjsDoc,
} from "./types.js";

const WorkspaceContext = createContext<Workspace | null>(null);

export interface WorkspaceProviderProps {
  /**
   * A workspace, or the promise of one: then what is below waits in the nearest `Suspense`, and a failure to open goes to
   * the nearest error boundary. It stays yours: close it when you are done with it.
   */
  workspace: Workspace | Promise<Workspace>;
  children?: ReactNode;
}

/** The workspace of all hooks below it. */
export function WorkspaceProvider({ workspace, children }: WorkspaceProviderProps): ReactNode {
  const value = "then" in workspace ? use(workspace) : workspace;
  return createElement(WorkspaceContext, { value }, children);
}

export function useWorkspace(): Workspace {
  const workspace = use(WorkspaceContext);
  if (!workspace) throw new WedSyncError("invalid", "There is no WorkspaceProvider above this component.");
  return workspace;
}

/** The value of a store, now and whenever it changes. For those that have no hook: `useStore(useWorkspace().rules)`. */
export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get, store.get);
}

export function useStatus(): Status {
  return useStore(useWorkspace().status);
}

export function useEvents(): EventSummary[] {
  return useStore(useWorkspace().events);
}

/** Undefined until the event is known on this device. */
export function useEvent(event: string): EventSummary | undefined {
  return useStore(useWorkspace().event(event).summary);
}

export function useAssignments(event: string): Assignment[] {
  return useStore(useWorkspace().event(event).assignments);
}

/** One shift; the component does not render again for the others. */
export function useAssignment(event: string, assignment: string): Assignment | undefined {
  return useRow(useWorkspace().event(event).assignments, assignment);
}

/** What is wrong with the plan of an event, or of all. */
export function useConflicts(event?: string): Conflict[] {
  const workspace = useWorkspace();
  return useStore((event === undefined ? workspace : workspace.event(event)).conflicts);
}

/** Who has an event open, or any. */
export function usePresence(event?: string): Peer[] {
  const workspace = useWorkspace();
  return useStore((event === undefined ? workspace : workspace.event(event)).presence);
}

/** Shows the others what this person looks at, as long as the component is there; null for nothing. One for each event. */
export function useShowPresence(event: string, shown: Shown | null): void {
  const handle = useWorkspace().event(event);
  const { assignment, field } = shown ?? {};
  useEffect(() => {
    handle.setPresence(shown && { assignment, field });
    // By what it says: the caller's object is a new one at each render.
  }, [handle, shown === null, assignment, field]);
  useEffect(() => () => handle.setPresence(null), [handle]);
}

export function useHelpers(): Helper[] {
  return useStore(useWorkspace().helpers);
}

export function useHelper(helper: string): Helper | undefined {
  return useRow(useWorkspace().helpers, helper);
}

export function usePlaces(): Place[] {
  return useStore(useWorkspace().places);
}

/** What a helper says about themself; undefined where this person may not read it, or it is not known here. */
export function usePerson(helper: string): Person | undefined {
  return useStore(useWorkspace().person(helper).facts);
}

/** Waiting, refused, and the latest stored edits; the newest first. */
export function useReceipts(): ReceiptInfo[] {
  return useStore(useWorkspace().receipts);
}

/** The refused edits, one group for each cause. */
export function useRefusals(): RefusalGroup[] {
  return useStore(useWorkspace().refusals);
}

/** What the workspace's `undo` and `redo` would do now. */
export function useUndoable(): Undoable {
  return useStore(useWorkspace().undoable);
}

/** How far an edit came. */
export interface EditState {
  /**
   * - `none`: none was made yet
   * - `saving`: it is being saved on this device
   * - `failed`: it was not saved, see `error`
   * - `saved`: it is on this device, and waits for the hub
   * - `stored`: it is durable at the hub
   * - `refused`: it could not stand, see `error`
   */
  state: "none" | "saving" | "failed" | "saved" | "stored" | "refused";
  error: WedSyncError | null;
}

/**
 * Makes edits, and says how far the latest one came:
 *
 *     const [edit, { state, error }] = useDo();
 *     <button disabled={state === "saving"} onClick={() => void edit({ type: "claim", event, assignment })}>Take it</button>
 *     {error && <p role="alert">{error.message}</p>}
 *
 * `edit` resolves once the edit is saved on this device, and never rejects: with undefined where it was not saved.
 */
export function useDo(): [edit: (command: Command) => Promise<Receipt | undefined>, made: EditState] {
  const workspace = useWorkspace();
  const [made, setMade] = useState<EditState>({ state: "none", error: null });
  const latest = useRef(0);
  const edit = useCallback(
    async (command: Command) => {
      const mine = ++latest.current;
      // What became of an earlier edit is in the receipts.
      const reach = (state: EditState["state"], error: WedSyncError | null = null) => {
        if (mine === latest.current) setMade({ state, error });
      };
      reach("saving");
      try {
        const receipt = await workspace.do(command);
        reach("saved");
        receipt.stored.then(
          () => reach("stored"),
          (thrown: unknown) => {
            const error = toError(thrown);
            // Closing the workspace refuses nothing: the edit stays saved.
            if (error.code !== "closed") reach("refused", error);
          },
        );
        return receipt;
      } catch (thrown) {
        reach("failed", toError(thrown));
        return undefined;
      }
    },
    [workspace],
  );
  return [edit, made];
}

/** A shift's note while a component shows it. */
export interface OpenNote<D> {
  /** Bind the editor to the root "note" of this; it is another one after a reset. */
  doc: D;
  status: NoteStatus;
  /** Saves what was typed now, instead of a moment later. */
  flush(): void;
}

/**
 * The note of a shift for a Yjs editor; undefined until it is open. `onRefused` gets what was typed and is not in the note,
 * also after the component is gone: show it, it may be nowhere else.
 */
export function useNote<D extends YjsDoc>(
  event: string,
  assignment: string,
  Y: Yjs<D>,
  onRefused: (reset: NoteReset<D>) => void,
): OpenNote<D> | undefined {
  const workspace = useWorkspace();
  const [open, setOpen] = useState<{ note: NoteHandle<D>; doc: D }>();
  const refused = useRef(onRefused);
  useEffect(() => {
    refused.current = onRefused;
  });
  useEffect(() => {
    const note = workspace.event(event).notes(assignment, Y);
    setOpen({ note, doc: note.doc });
    // Goes on listening behind `destroy`: the last words may be refused. The note lets go of it by itself.
    note.on("reset", (reset) => {
      setOpen((now) => (now?.note === note ? { note, doc: reset.doc } : now));
      if (reset.refused !== "" || reset.message !== null) refused.current(reset);
    });
    return () => {
      setOpen(undefined);
      note.destroy();
    };
  }, [workspace, event, assignment, Y]);
  const status = useStore<NoteStatus | undefined>(open?.note.status ?? NOTHING);
  return open && status ? { doc: open.doc, status, flush: () => open.note.flush() } : undefined;
}

const NOTHING: Store<undefined> = { get: () => undefined, subscribe: () => () => {} };

/** One row of a list. */
function useRow<R extends { id: string }>(store: Store<R[]>, id: string): R | undefined {
  const get = () => rowsById(store.get()).get(id);
  return useSyncExternalStore(store.subscribe, get, get);
}

const byId = new WeakMap<readonly object[], ReadonlyMap<string, object>>();

/** Made once for each list: every row on the screen asks at every change. */
function rowsById<R extends { id: string }>(rows: R[]): ReadonlyMap<string, R> {
  const known = byId.get(rows) as ReadonlyMap<string, R> | undefined;
  if (known) return known;
  const made = new Map(rows.map((row) => [row.id, row]));
  byId.set(rows, made);
  return made;
}

/** Pages that count renders and look for tearing; `react.test.mjs` drives them through `window.lab`. */
import { type Assignment, type Store, type Workspace, join, openWorkspace } from "@wedsync/core";
import { WorkspaceProvider, useAssignment, useAssignments, useEvent, useStatus } from "@wedsync/core/react";
import { type ReactNode, StrictMode, Suspense, memo, startTransition, useDeferredValue, useEffect, useLayoutEffect, useState } from "react";
import { type Root, createRoot } from "react-dom/client";
import { Failure } from "../../../examples/react/failure";

declare global {
  interface Window {
    lab: typeof lab;
    wedsync: Workspace | undefined;
  }
}

class LabStore<T> implements Store<T> {
  #value: T;
  readonly #listeners = new Set<() => void>();
  constructor(value: T) {
    this.#value = value;
  }
  readonly get = () => this.#value;
  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };
  set(value: T) {
    this.#value = value;
    this.#listeners.forEach((listener) => listener());
  }
}

/** Commits of each component since they were last taken. */
let commits: Record<string, number> = {};
/** Whether rows that are shown together ever disagreed, and which titles were rendered. */
let torn: string[][] = [];
let rendered = new Set<string | undefined>();
let root: Root | undefined;

const lab = {
  /** Signs in; each code is another person. */
  async open(code: string) {
    const hub = location.origin;
    await join({ hub, code, deviceName: "Lab" });
    const workspace = await openWorkspace({ hub });
    window.wedsync = workspace;
    return workspace;
  },
  openAt: (hub: string) => openWorkspace({ hub }),
  show(node: ReactNode) {
    root ??= createRoot(document.getElementById("root")!, { onUncaughtError: (error) => console.error("uncaught", error) });
    root.render(<StrictMode><Suspense fallback={<p>Waiting…</p>}>{node}</Suspense></StrictMode>);
  },
  unmount() {
    root?.unmount();
    root = undefined;
  },
  takeCommits() {
    const taken = commits;
    commits = {};
    return taken;
  },
  takeTorn() {
    const taken = { torn, rendered: [...rendered] };
    torn = [];
    rendered = new Set();
    return taken;
  },
  rows: (workspace: Workspace, event: string) => lab.show(<WorkspaceProvider workspace={workspace}><Rows event={event} /></WorkspaceProvider>),
  rowsById: (workspace: Workspace, event: string) => lab.show(<WorkspaceProvider workspace={workspace}><RowsById event={event} /></WorkspaceProvider>),
  slow: () => lab.show(<WorkspaceProvider workspace={changing}><SlowTitles /></WorkspaceProvider>),
  failing: (opening: Promise<Workspace>) => lab.show(<Failure><WorkspaceProvider workspace={opening}><Role /></WorkspaceProvider></Failure>),
  roles: (...workspaces: (Workspace | Promise<Workspace>)[]) =>
    lab.show(workspaces.map((workspace, i) => <WorkspaceProvider key={i} workspace={workspace}><Role /></WorkspaceProvider>)),
};
window.lab = lab;

/** Counts what was put on the screen: StrictMode calls a component's function twice for that. */
function useCommitCount(name: string) {
  useEffect(() => {
    commits[name] = (commits[name] ?? 0) + 1;
  });
}

function Rows({ event }: { event: string }) {
  useCommitCount("list");
  return <ul>{useAssignments(event).map((shift) => <Row key={shift.id} shift={shift} />)}</ul>;
}

const Row = memo(function Row({ shift: { id, title } }: { shift: Assignment }) {
  useCommitCount(id);
  return <li>{title}</li>;
});

/** Its rows look for themselves; the list lags behind where there is much to do. */
function RowsById({ event }: { event: string }) {
  useCommitCount("list");
  const shifts = useDeferredValue(useAssignments(event));
  return <ul>{shifts.map((shift) => <RowById key={shift.id} event={event} id={shift.id} />)}</ul>;
}

const RowById = memo(function RowById({ event, id }: { event: string; id: string }) {
  useCommitCount(id);
  return <li>{useAssignment(event, id)?.title}</li>;
});

/** A workspace with one event, whose title changes while it is rendered. */
const store = new LabStore({ title: "Before" });
const changing = { event: () => ({ summary: store }) } as unknown as Workspace;

/** Many that take their time to show the same title, in a transition that yields between them. */
function SlowTitles() {
  const [shown, setShown] = useState(false);
  useLayoutEffect(() => {
    const titles = [...document.querySelectorAll("[data-title]")].map((each) => each.textContent ?? "");
    if (new Set(titles).size > 1) torn.push(titles);
  });
  return (
    <>
      <button onClick={() => startTransition(() => setShown(true))}>Show</button>
      {shown ? Array.from({ length: 100 }, (_, i) => <SlowTitle key={i} changes={i === 20} />) : null}
    </>
  );
}

function SlowTitle({ changes }: { changes: boolean }) {
  const title = useEvent("any")?.title;
  rendered.add(title);
  // Not now: nothing may change during one component's render, but between two of a transition it does.
  if (changes) setTimeout(() => store.set({ title: "After" }));
  const until = performance.now() + 2;
  while (performance.now() < until);
  return <span data-title>{title}</span>;
}

function Role() {
  const { role, connection } = useStatus();
  return <p data-role>{role} {connection}</p>;
}

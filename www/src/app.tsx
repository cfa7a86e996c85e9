/** Who is signed in, the open workspace, and the screen of the route. */
import { type Account, type Workspace, account as readAccount, openWorkspace } from "@wedsync/core";
import { WorkspaceProvider } from "@wedsync/core/react";
import { useCallback, useEffect, useMemo, useState } from "react";
import { ErrorBoundary } from "./parts/error-boundary";
import { Shell } from "./parts/shell";
import { Toasts } from "./parts/toasts";
import { useKeepFocus } from "./parts/use-keep-focus";
import { useRoute } from "./router";
import { EventScreen } from "./screens/event";
import { EventsScreen } from "./screens/events";
import { HelperScreen } from "./screens/helper";
import { JoinScreen } from "./screens/join";
import { MeScreen } from "./screens/me";
import { PeopleScreen } from "./screens/people";
import { PlacesScreen } from "./screens/places";
import { PrintScreen } from "./screens/print";
import { RulesScreen } from "./screens/rules";
import { SignedOutScreen } from "./screens/signed-out";
import { OpenFailed } from "./screens/open-failed";
import { preloadNotes } from "./screens/shift-notes";
import { TeamScreen } from "./screens/team";
import { SessionContext } from "./workspace";

declare global {
  interface Window {
    /** The open workspace: for the browser's console, and for the end-to-end tests. */
    wedsync?: Workspace | undefined;
  }
}

/** The plan is on the screen by then. */
const PRELOAD_MS = 2_000;

type State =
  | { step: "opening" }
  | { step: "signed_out" }
  | { step: "open"; account: Account; ws: Workspace }
  | { step: "failed"; error: unknown; account: Account | null };

export function App() {
  const [state, setState] = useState<State>({ step: "opening" });
  const { join } = useRoute();
  useKeepFocus();

  const load = useCallback(async () => {
    let account: Account | null = null;
    const before = window.wedsync;
    window.wedsync = undefined;
    // Somebody has just joined, or tries again: nothing else is true until the plan is open.
    setState((now) => (now.step === "open" ? now : { step: "opening" }));
    try {
      // Signing out has closed it already; closing twice does nothing.
      await before?.close().catch(() => undefined);
      account = (await readAccount()) ?? null;
      if (!account) return setState({ step: "signed_out" });
      const ws = await openWorkspace({ hub: account.hub });
      window.wedsync = ws;
      setState({ step: "open", account, ws });
    } catch (error) {
      setState({ step: "failed", error, account });
    }
  }, []);
  useEffect(() => void load(), [load]);

  const ws = state.step === "open" ? state.ws : null;
  useEffect(() => {
    window.wedsync = ws ?? undefined;
  }, [ws]);
  useEffect(() => {
    if (!ws) return;
    const soon = setTimeout(preloadNotes, PRELOAD_MS);
    return () => clearTimeout(soon);
  }, [ws]);
  const session = useMemo(
    () => (state.step === "open" ? { account: state.account, reload: load } : null),
    [state, load],
  );

  return (
    <ErrorBoundary workspace={ws}>
      <SessionContext value={session}>
        {join !== null && state.step !== "opening" ? (
          <JoinScreen key={join} code={join} ws={ws} onDone={load} />
        ) : (
          <Screens state={state} onRetry={load} />
        )}
      </SessionContext>
      <Toasts />
    </ErrorBoundary>
  );
}

function Screens({ state, onRetry }: { state: State; onRetry: () => Promise<void> }) {
  const { path, query } = useRoute();
  switch (state.step) {
    case "opening": return <main className="page" aria-busy="true"><h1 className="visually-hidden">WedSync</h1><p className="hint later">Opening the plan…</p></main>;
    case "signed_out": return <SignedOutScreen />;
    case "failed": return <OpenFailed error={state.error} onRetry={onRetry} />;
    case "open": return <WorkspaceProvider workspace={state.ws}>{printOf(path, query) ?? <Shell>{screenOf(path, query)}</Shell>}</WorkspaceProvider>;
  }
}

/** What is for paper has no shell around it. */
function printOf([area, id]: string[], query: URLSearchParams) {
  return area === "print" && id ? <PrintScreen key={id} id={id} query={query} /> : null;
}

function screenOf([area, id]: string[], query: URLSearchParams) {
  if (area === "event" && id) return <EventScreen key={id} id={id} query={query} />;
  if (area === "people") return id ? <HelperScreen key={id} id={id} /> : <PeopleScreen />;
  if (area === "team") return <TeamScreen />;
  if (area === "places") return <PlacesScreen />;
  if (area === "rules") return <RulesScreen />;
  if (area === "me") return <MeScreen />;
  return <EventsScreen />;
}

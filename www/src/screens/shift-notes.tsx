/** The note of a shift. Its editor is a file of its own, which the start of the app does not wait for. */
import type { Assignment, EventHandle } from "@wedsync/core";
import { Component, type ReactNode, Suspense, lazy } from "react";
import { Action } from "../parts/controls";

const loadEditor = () => import("../notes/shift-note");
const ShiftNote = lazy(loadEditor);

/** Has the editor at hand before it is needed, and before a newer version of the app takes its file away. */
export function preloadNotes(): void {
  // Said where it is opened.
  loadEditor().catch(() => undefined);
}

interface Props {
  event: EventHandle;
  shift: Assignment;
  canWrite: boolean;
}

export function ShiftNotes(props: Props) {
  return (
    <section className="stack" aria-labelledby="shift-notes">
      <h3 id="shift-notes">Notes</h3>
      <NotLoaded>
        <Suspense fallback={<p className="hint">Opening…</p>}>
          <ShiftNote {...props} />
        </Suspense>
      </NotLoaded>
    </section>
  );
}

/** The rest of the shift goes on without the editor. */
class NotLoaded extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <div className="field" role="alert">
        <p className="field-error">The note could not be opened. It is safe; reload to see it.</p>
        <div className="actions"><Action onPress={() => window.location.reload()}>Reload</Action></div>
      </div>
    );
  }
}

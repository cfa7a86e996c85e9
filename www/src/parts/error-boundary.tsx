/** A defect in a screen must not hide the edits that wait: they can be taken away from here. */
import type { Workspace } from "@wedsync/core";
import { Component, type ReactNode } from "react";
import { exportWaiting } from "./outbox";
import { Action } from "./controls";

interface Props {
  workspace: Workspace | null;
  children: ReactNode;
}

export class ErrorBoundary extends Component<Props, { error: Error | null }> {
  override state = { error: null as Error | null };

  static getDerivedStateFromError(error: unknown) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    const { workspace } = this.props;
    return (
      <main className="page narrow stack" role="alert">
        <h1>This page broke</h1>
        <p>What you saved is safe on this device. Reload to go on. If it breaks again, export the edits that wait and send them to your coordinator.</p>
        <p className="hint">{error.message}</p>
        <div className="actions">
          <Action kind="main" onPress={() => window.location.reload()}>Reload</Action>
          {workspace ? <Action onPress={() => void exportWaiting(() => workspace.exportWaiting())}>Export waiting edits</Action> : null}
        </div>
      </main>
    );
  }
}

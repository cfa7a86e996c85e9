/** What to show where the workspace could not be opened: nobody is signed in, or the device has no room. */
import { WedSyncError } from "@wedsync/core";
import { Component, type ReactNode } from "react";

export class Failure extends Component<{ children: ReactNode }, { error?: unknown }> {
  override state: { error?: unknown } = {};

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    if (error instanceof WedSyncError) return <p role="alert">{error.code}: {error.message}</p>;
    return <p role="alert">Something went wrong. Reload the page.</p>;
  }
}

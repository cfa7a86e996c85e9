/** Asking the service worker to send what waits, after this page is gone. */

interface SyncManager {
  register(tag: string): Promise<void>;
}

/** Prefix of the Background Sync tag; the database's name follows. */
export const DRAIN_TAG = "wedsync-drain:";
export const DRAIN_MESSAGE = "wedsync:drain";

/** Whether the browser can send with no page open. One-shot Background Sync is in Chromium only. */
export async function canSync(): Promise<boolean> {
  if (!("SyncManager" in globalThis) || !navigator.serviceWorker) return false;
  try {
    const permission = await navigator.permissions.query({ name: "background-sync" as PermissionName });
    return permission.state === "granted";
  } catch {
    // A browser that has the feature, and no permission for it to ask about.
    return true;
  }
}

export class BackgroundDrain {
  readonly #db: string;
  #registering = false;

  constructor(db: string) {
    this.#db = db;
  }

  /** Asks the browser for a `sync` event once there is a network. Many requests for one tag are one. */
  register(): void {
    if (this.#registering || !navigator.serviceWorker) return;
    this.#registering = true;
    navigator.serviceWorker.ready
      .then((registration) => (registration as { sync?: SyncManager }).sync?.register(DRAIN_TAG + this.#db))
      // Denied, unsupported or private: the page itself sends when it is open again.
      .catch(() => {})
      .finally(() => (this.#registering = false));
  }

  /** Asks a running worker to try now: it outlives the page by some seconds, in every browser. */
  handOver(): void {
    this.register();
    try {
      navigator.serviceWorker?.controller?.postMessage({ type: DRAIN_MESSAGE, db: this.#db });
    } catch {
      // As above.
    }
  }
}

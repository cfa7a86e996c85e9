/** Sending what waits from the service worker, with no page open. */
import { type StoredAccount, currentAccount, databaseName } from "./account-store.js";
import type { Core, CoreHost, CoreOptions } from "./core.js";
import { deviceCredential } from "./credential.js";
import { withLimit } from "./limit.js";
import { VERSION } from "./version.js";

const DRAIN_MS = 10_000;
/** A page that is closing holds the network a moment longer: how often and when to look again. */
const BUSY_PAUSES_MS = [1_000, 3_000];
/** Opening, sending and closing; browsers stop an event that takes much longer. */
const LIMIT_MS = 25_000;

export interface Drained {
  /** Edits that waited before, and that wait still. */
  waited: number;
  left: number;
}

export type OpenWorkerCore = (options: CoreOptions, host: CoreHost) => Promise<Core>;

const running = new Map<string, Promise<Drained>>();

/**
 * Sends what waits in a person's replica, if that person is signed in here: nobody's edits go under another's key.
 * Without `db`, the replica of whoever is signed in. Two drains of one replica at once are one.
 */
export async function drain(open: OpenWorkerCore, db?: string): Promise<Drained> {
  const stored = await currentAccount();
  const signedIn = stored && databaseOf(stored);
  if (!stored || !signedIn || (db !== undefined && db !== signedIn)) return { waited: 0, left: 0 };

  let drained = running.get(signedIn);
  if (!drained) {
    const { hub, org, user, role, helper } = stored.account;
    const options: CoreOptions = { db: signedIn, hub, org, user, role, helper, version: VERSION, mode: "worker" };
    const host: CoreHost = { credential: () => deviceCredential(stored.id), publish: () => {} };
    drained = withLimit(
      sendAll(signedIn, () => open(options, host)),
      LIMIT_MS,
      () => new Error("sending what waits took too long"),
    ).finally(() => running.delete(signedIn));
    running.set(signedIn, drained);
  }
  return drained;
}

function databaseOf({ account }: StoredAccount): string {
  return databaseName(account.org, account.user);
}

async function sendAll(db: string, open: () => Promise<Core>): Promise<Drained> {
  let answer = await sendOnce(open);
  for (const pause of BUSY_PAUSES_MS) {
    if (answer.reason !== "other_tab" || answer.left === 0) break;
    await new Promise((resolve) => setTimeout(resolve, pause));
    const { waited } = answer;
    // Signed out meanwhile: opening again would bring an empty replica back.
    const stored = await currentAccount();
    if (!stored || databaseOf(stored) !== db) return { waited, left: 0 };
    answer = { ...(await sendOnce(open)), waited };
  }
  return { waited: answer.waited, left: answer.left };
}

async function sendOnce(open: () => Promise<Core>): Promise<Drained & { reason: string }> {
  const core = await open();
  try {
    const waited = core.status().pending;
    if (waited === 0) return { waited, left: 0, reason: "drained" };
    return { waited, ...(await core.drain(DRAIN_MS)) };
  } finally {
    await core.close();
  }
}

import {
  accountId,
  currentAccount,
  databaseName,
  deleteAccount,
  lockAccount,
  signIn,
  storedAccount,
} from "./account-store.js";
import { call, normalHub } from "./api.js";
import { deviceCredential } from "./credential.js";
import { createDeviceKey, publicJwk } from "./device-key.js";
import { WedSyncError } from "./errors.js";
import { newId } from "./ids.js";
import type { Account, Role, SignOutOptions, Workspace } from "./types.js";
import { CoreWorkspace } from "./workspace.js";

export interface JoinOptions {
  /** The hub's address, such as `https://hub.example.org`. */
  hub: string;
  /** The code of an invitation. */
  code: string;
  /** What the person calls this device, such as "Anna's phone". */
  deviceName: string;
}

interface Joined {
  org: string;
  org_name: string;
  user: string;
  name: string;
  role: Role;
  helper: string | null;
}

/** Signs in by an invitation's code: makes this device's key and registers it with the hub. */
export async function join(options: JoinOptions): Promise<Account> {
  const hub = normalHub(options.hub);
  const key = await createDeviceKey();
  const device = newId();
  const joined = await call<Joined>(hub, "POST", "/v1/join", {
    body: { code: options.code, device: { id: device, name: options.deviceName, public_key: await publicJwk(key) } },
  });
  const account: Account = {
    hub,
    org: joined.org,
    orgName: joined.org_name,
    user: joined.user,
    name: joined.name,
    role: joined.role,
    helper: joined.helper ?? null,
    device,
  };
  const id = accountId(joined.org, joined.user);
  const before = await storedAccount(id);
  await signIn({ id, account, key, clockOffset: null, locked: false });
  // The same person again: the old key is replaced, so its entry at the hub would only confuse.
  if (before?.account.hub === hub) void removeDevice(id, hub, before.account.device);
  return account;
}

/** Who is signed in on this device. */
export async function account(): Promise<Account | undefined> {
  return (await currentAccount())?.account;
}

/** Signs out. With `discard` the replica is deleted with all that waits in it: export that first. */
export async function signOut(workspace: Workspace, options: SignOutOptions): Promise<void> {
  if (!(workspace instanceof CoreWorkspace)) {
    throw new WedSyncError("invalid", "Not a workspace of this package.", "workspace");
  }
  const id = accountId(workspace.org, workspace.user);
  if (options.waiting === "keep") {
    await lockAccount(id);
    await workspace.close();
  } else {
    await workspace.deleteAll();
    const stored = await storedAccount(id);
    if (stored) await removeDevice(id, stored.account.hub, stored.account.device);
    await deleteAccount(id);
  }
  announce(databaseName(workspace.org, workspace.user));
}

const CHANNEL = "wedsync:accounts";

/** Calls `signedOut` with a database's name when its person signs out in another tab. */
export function watchSignOut(signedOut: (db: string) => void): void {
  if (!("BroadcastChannel" in globalThis)) return;
  new BroadcastChannel(CHANNEL).onmessage = (event: MessageEvent<{ signedOut?: string }>) => {
    if (event.data?.signedOut) signedOut(event.data.signedOut);
  };
}

function announce(db: string): void {
  if (!("BroadcastChannel" in globalThis)) return;
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage({ signedOut: db });
  channel.close();
}

/** Takes a device off the hub's list, if the hub can be reached now; its owner can do it later from another. */
async function removeDevice(id: string, hub: string, device: string): Promise<void> {
  try {
    const credential = await deviceCredential(id);
    await call(hub, "DELETE", `/v1/devices/${encodeURIComponent(device)}`, { credential, limitMs: 3_000 });
  } catch {
    // Offline, or removed already.
  }
}

import { createGlue } from "./wasm/glue.js";
import { accountId, currentAccount, databaseName, identity, keepIdentity } from "./account-store.js";
import { watchSignOut } from "./account.js";
import { call, normalHub } from "./api.js";
import { deviceCredential, notSignedIn, tokenCredential } from "./credential.js";
import { claims } from "./device-key.js";
import { toError, WedSyncError } from "./errors.js";
import { compile, openCore } from "./instance.js";
import type { OpenOptions, Role, Workspace } from "./types.js";
import { VERSION } from "./version.js";
import { CoreWorkspace } from "./workspace.js";

/** One workspace for each person in this page: by the name of its database. */
const open = new Map<string, Promise<CoreWorkspace>>();
const modules = new Map<string, Promise<WebAssembly.Module>>();
let watching = false;

/** Opens the replica of the person who is signed in. It shows data at once, and syncs when there is a network. */
export async function openWorkspace(options: OpenOptions): Promise<Workspace> {
  const hub = normalHub(options.hub);
  // Loads while the account is looked up; whether that works is asked when it is needed.
  void wasmModule(options.wasm);
  const person = options.token ? await byToken(hub, options.token) : await byDevice(hub);
  const db = databaseName(person.org, person.user);
  let workspace = open.get(db);
  if (!workspace) {
    workspace = start(db, hub, person, options.wasm);
    open.set(db, workspace);
    workspace.catch(() => forget(db, workspace));
  }
  return workspace;
}

interface Speaker {
  org: string;
  user: string;
  role: Role;
  helper: string | null;
  credential(): Promise<string>;
  signsInBackground: boolean;
}

function start(db: string, hub: string, person: Speaker, wasm: string | URL | undefined): Promise<CoreWorkspace> {
  const { org, user, role, helper } = person;
  closeOnSignOut();
  const opened: Promise<CoreWorkspace> = CoreWorkspace.open({
    ...person,
    hub,
    db,
    open: async (host) => {
      const options = { db, hub, org, user, role, helper, version: VERSION, mode: "page" } as const;
      return openCore(await wasmModule(wasm), createGlue, options, host);
    },
    closed: () => forget(db, opened),
  });
  return opened;
}

function forget(db: string, workspace: Promise<CoreWorkspace> | undefined): void {
  if (open.get(db) === workspace) open.delete(db);
}

/** The account of this device, whose key signs. */
async function byDevice(hub: string): Promise<Speaker> {
  const stored = await currentAccount();
  if (!stored) throw notSignedIn();
  const { account, id } = stored;
  if (account.hub !== hub) {
    throw new WedSyncError("not_signed_in", `This device is signed in at ${account.hub}, not at ${hub}.`);
  }
  return { ...account, credential: () => deviceCredential(id), signsInBackground: true };
}

/** The person an identity provider's token speaks for; without one, offline, whoever it was last. */
async function byToken(hub: string, token: () => Promise<string>): Promise<Speaker> {
  const credential = () => tokenCredential(token);
  const last = await identity(hub);
  let person: { org: string; user: string };
  let fresh: string | undefined;
  try {
    fresh = await credential();
    const { org, sub } = claims(fresh);
    person = { org, user: sub };
  } catch (error) {
    if (!last || toError(error).code !== "unreachable") throw error;
    person = { org: last.org, user: last.user };
  }
  const same = last && accountId(last.org, last.user) === accountId(person.org, person.user);
  const facts = same || fresh === undefined ? undefined : await me(hub, fresh);
  if (!same) await keepIdentity({ hub, ...person });
  // The core keeps the role it last heard of; before it heard any, the least.
  return { ...person, role: facts?.role ?? "viewer", helper: facts?.helper ?? null, credential, signsInBackground: false };
}

async function me(hub: string, credential: string): Promise<{ role: Role; helper: string | null } | undefined> {
  try {
    return await call(hub, "GET", "/v1/me", { credential, limitMs: 3_000 });
  } catch (error) {
    if (toError(error).code === "unreachable") return undefined;
    throw error;
  }
}

/** The compiled core; compiled once in a page. */
function wasmModule(wasm: string | URL | undefined): Promise<WebAssembly.Module> {
  const url = new URL(wasm ?? new URL("./wasm/wedsync_core_bg.wasm", import.meta.url), location.href).href;
  let module = modules.get(url);
  if (!module) {
    module = fetch(url).then(compile, (cause: unknown) => {
      throw new WedSyncError("unreachable", "The core could not be loaded. Reload when there is a network.", null, { cause });
    });
    modules.set(url, module);
    module.catch(() => modules.delete(url));
  }
  return module;
}

/** Signing out in one tab closes the plan in all of them. */
function closeOnSignOut(): void {
  if (watching) return;
  watching = true;
  watchSignOut((db) => {
    void open.get(db)?.then((workspace) => workspace.close()).catch(() => {});
  });
}

import { toError } from "./errors.js";
import { openDatabase, transact } from "./idb.js";
import type { Account } from "./types.js";

/** A person's account on this device, with the key that signs for it. */
export interface StoredAccount {
  /** `{org}:{user}` */
  id: string;
  account: Account;
  key: CryptoKeyPair;
  /** How far the hub's clock is ahead of this device's, in milliseconds; null until it was asked. */
  clockOffset: number | null;
  /** Signed out with edits waiting: key and replica stay, and nothing is sent, until the person joins again. */
  locked: boolean;
}

/** Who a hub's token was for, so that the workspace opens offline too. */
export interface Identity {
  hub: string;
  org: string;
  user: string;
}

const ACCOUNTS = "accounts";
const IDENTITIES = "identities";
/** One row: which account is signed in. */
const CURRENT = "current";

async function run<T>(
  mode: "readonly" | "readwrite",
  work: (store: (name: string) => IDBObjectStore) => IDBRequest<T> | void,
): Promise<T> {
  try {
    // Opened for each use: the worker and other tabs never wait for this connection.
    const db = await openDatabase("wedsync:accounts", 1, (created) => {
      created.createObjectStore(ACCOUNTS, { keyPath: "id" });
      created.createObjectStore(IDENTITIES, { keyPath: "hub" });
      created.createObjectStore(CURRENT);
    });
    try {
      return await transact(db, [ACCOUNTS, IDENTITIES, CURRENT], mode, (tx) => work((name) => tx.objectStore(name)));
    } finally {
      db.close();
    }
  } catch (error) {
    throw toError(error);
  }
}

export function accountId(org: string, user: string): string {
  return `${org}:${user}`;
}

export function databaseName(org: string, user: string): string {
  return `wedsync:${accountId(org, user)}`;
}

export function storedAccount(id: string): Promise<StoredAccount | undefined> {
  return run("readonly", (store) => store(ACCOUNTS).get(id) as IDBRequest<StoredAccount | undefined>);
}

/** The account that is signed in. */
export async function currentAccount(): Promise<StoredAccount | undefined> {
  const id = await run("readonly", (store) => store(CURRENT).get("id") as IDBRequest<string | undefined>);
  const stored = id === undefined ? undefined : await storedAccount(id);
  return stored?.locked ? undefined : stored;
}

/** Signs an account in. Whoever was signed in before is locked, not forgotten. */
export async function signIn(account: StoredAccount): Promise<void> {
  await run("readwrite", (store) => {
    const accounts = store(ACCOUNTS);
    const current = store(CURRENT).get("id") as IDBRequest<string | undefined>;
    current.onsuccess = () => {
      if (current.result !== undefined && current.result !== account.id) lockIn(accounts, current.result);
      accounts.put(account);
      store(CURRENT).put(account.id, "id");
    };
  });
}

export async function lockAccount(id: string): Promise<void> {
  await run("readwrite", (store) => {
    lockIn(store(ACCOUNTS), id);
    forgetCurrent(store(CURRENT), id);
  });
}

export async function deleteAccount(id: string): Promise<void> {
  await run("readwrite", (store) => {
    store(ACCOUNTS).delete(id);
    forgetCurrent(store(CURRENT), id);
  });
}

export async function keepClockOffset(id: string, clockOffset: number): Promise<void> {
  await run("readwrite", (store) => update(store(ACCOUNTS), id, (row) => ({ ...row, clockOffset })));
}

export function identity(hub: string): Promise<Identity | undefined> {
  return run("readonly", (store) => store(IDENTITIES).get(hub) as IDBRequest<Identity | undefined>);
}

export async function keepIdentity(row: Identity): Promise<void> {
  await run("readwrite", (store) => void store(IDENTITIES).put(row));
}

function lockIn(accounts: IDBObjectStore, id: string): void {
  update(accounts, id, (row) => ({ ...row, locked: true }));
}

function update(accounts: IDBObjectStore, id: string, change: (row: StoredAccount) => StoredAccount): void {
  const request = accounts.get(id) as IDBRequest<StoredAccount | undefined>;
  request.onsuccess = () => {
    if (request.result) accounts.put(change(request.result));
  };
}

function forgetCurrent(current: IDBObjectStore, id: string): void {
  const request = current.get("id") as IDBRequest<string | undefined>;
  request.onsuccess = () => {
    if (request.result === id) current.delete("id");
  };
}

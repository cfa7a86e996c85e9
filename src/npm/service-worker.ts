/**
 * The service worker: the app opens without a network, and what waits is sent with no page open.
 *
 * `start` registers all listeners in the same turn, as browsers demand; call it at the top level of the script.
 */
import { createGlue } from "./wasm/glue.js";
import { DRAIN_MESSAGE, DRAIN_TAG } from "./background.js";
import { drain, type OpenWorkerCore } from "./drain.js";
import { compile, openCore } from "./instance.js";
import { Shell, type ShellOptions } from "./shell.js";

declare const self: ServiceWorkerGlobalScope;

export type StartOptions = ShellOptions;

/** https://wicg.github.io/background-sync/spec/ */
interface SyncEvent extends ExtendableEvent {
  readonly tag: string;
  readonly lastChance: boolean;
}

interface SyncRegistration {
  sync?: { register(tag: string): Promise<void> };
}

export function start(options: StartOptions): void {
  const shell = new Shell(options);
  const open = workerCore(shell);

  // Without skipWaiting: open pages keep the version they were loaded with until the person takes the new one.
  self.addEventListener("install", (event) => event.waitUntil(shell.fill()));

  self.addEventListener("activate", (event) => event.waitUntil(shell.clean().then(() => self.clients.claim())));

  self.addEventListener("fetch", (event) => {
    const answer = shell.answer(event.request);
    if (answer) event.respondWith(answer);
  });

  self.addEventListener("message", (event) => {
    const message = event.data as { type?: unknown; db?: unknown } | null;
    if (message?.type === "skip_waiting") event.waitUntil(self.skipWaiting());
    if (message?.type === DRAIN_MESSAGE) {
      const db = typeof message.db === "string" ? message.db : undefined;
      // Nobody waits for the outcome: what is left is sent by the next event or page.
      event.waitUntil(drain(open, db).catch(() => {}));
    }
  });

  self.addEventListener("sync", (event) => {
    const sync = event as SyncEvent;
    if (sync.tag.startsWith(DRAIN_TAG)) sync.waitUntil(onSync(open, sync));
  });

  self.addEventListener("push", (event) => event.waitUntil(onPush(event)));
  self.addEventListener("notificationclick", (event) => event.waitUntil(onNotificationClick(event)));
}

async function onSync(open: OpenWorkerCore, event: SyncEvent): Promise<void> {
  const db = event.tag.slice(DRAIN_TAG.length);
  const again = () => (self.registration as SyncRegistration).sync?.register(event.tag);
  try {
    const { waited, left } = await drain(open, db);
    if (left === 0) return;
    // Rejecting lets the browser try again later, by its own schedule; after progress there is no need to wait.
    if (left >= waited) throw new Error(`${left} edits wait still`);
    await again();
  } catch (error) {
    // The browser gives up after this attempt: begin a new row of attempts.
    if (event.lastChance) await again();
    throw error;
  }
}

/** Opens cores with the .wasm of the shell, compiled once while the worker lives. */
function workerCore(shell: Shell): OpenWorkerCore {
  let module: Promise<WebAssembly.Module> | undefined;
  return async (options, host) => {
    module ??= shell.wasm().then(compile);
    module.catch(() => (module = undefined));
    return openCore(await module, createGlue, options, host);
  };
}

interface PushMessage {
  title?: string;
  body?: string;
  /** Where a tap leads, within this app. */
  url?: string;
  tag?: string;
}

/** Shows a notification whatever came: browsers withdraw the permission from those who do not. */
async function onPush(event: PushEvent): Promise<void> {
  let message: PushMessage = {};
  try {
    message = (event.data?.json() as PushMessage | undefined) ?? {};
  } catch {
    // Not JSON: the general words will do.
  }
  await self.registration.showNotification(message.title || "WedSync", {
    body: message.body || "There is news in your plan.",
    tag: message.tag ?? "wedsync",
    data: { url: message.url ?? "/" },
  });
}

async function onNotificationClick(event: NotificationEvent): Promise<void> {
  event.notification.close();
  const data = event.notification.data as { url?: string } | null;
  const url = new URL(data?.url ?? "/", self.location.origin);
  if (url.origin !== self.location.origin) return;
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages[0];
  if (!page) {
    await self.clients.openWindow(url);
    return;
  }
  await page.focus();
  await page.navigate(url.href).catch(() => null);
}

// A device: a Chromium with a profile of its own, behind a proxy of its own.
import { mkdtempSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { findBrowser } from "../../scripts/tools.mjs";
import { untilOnline, untilOpen } from "./plan.mjs";
import { Proxy } from "./proxy.mjs";

const ARGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

export class Device {
  #offline = false;

  /** `own` are more properties that a subclass needs before its browser starts. */
  static async start(name, hub, { viewport = { width: 1280, height: 800 }, ...own } = {}) {
    const device = Object.assign(new this(), { name, hub, viewport, ...own });
    device.dir = mkdtempSync(join(tmpdir(), `wedsync-${name}-`));
    device.proxy = await Proxy.start(hub.port);
    await device.launch();
    return device;
  }

  /** Starts the browser on the profile; `page` is a blank page. */
  async launch() {
    const { chromium: executablePath } = findBrowser();
    this.context = await chromium.launchPersistentContext(this.dir, { executablePath, args: ARGS, viewport: this.viewport });
    this.context.setDefaultTimeout(15_000);
    this.page = this.context.pages()[0] ?? (await this.context.newPage());
    if (this.#offline) await this.context.setOffline(true);
  }

  get origin() {
    return this.proxy.origin;
  }

  /** Opens the app in a new tab, which becomes `page`. */
  async open(path = "/") {
    this.page = await this.context.newPage();
    await this.page.goto(`${this.origin}${path}`);
    await untilOpen(this.page);
    return this.page;
  }

  /** Signs in by the link of a demo role, or by a code, as a person does. */
  async signIn(roleOrCode) {
    const code = this.hub.codes[roleOrCode] ?? roleOrCode;
    this.page = await this.context.newPage();
    await this.join(code);
  }

  async join(code) {
    const { page } = this;
    await page.goto(`${this.origin}/#join=${code}`);
    await page.getByRole("button", { name: "Join on this device" }).click();
    await page.getByRole("heading", { name: "Events", level: 1 }).waitFor();
    await untilOnline(page);
  }

  /** Resolves once the worker that serves the app offline is in charge. */
  async workerReady() {
    await this.page.evaluate(async () => {
      await navigator.serviceWorker.ready;
      if (navigator.serviceWorker.controller) return;
      await new Promise((resolve) => navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true }));
    });
  }

  /** Offline for the socket that is open and for all that would be opened. */
  async goOffline() {
    this.#offline = true;
    this.proxy.cut();
    await this.context.setOffline(true);
  }

  async goOnline() {
    this.#offline = false;
    this.proxy.resume();
    await this.context.setOffline(false);
  }

  /** Dispatches the browser's `sync` event to the service worker, with or without a tab of the app. */
  async dispatchSync(tag) {
    const page = this.context.pages().find((p) => !p.isClosed()) ?? (await this.context.newPage());
    const session = await this.context.newCDPSession(page);
    const registrations = new Map();
    session.on("ServiceWorker.workerRegistrationUpdated", (event) => {
      for (const each of event.registrations) registrations.set(each.scopeURL, each);
    });
    await session.send("ServiceWorker.enable");
    const scope = `${this.origin}/`;
    for (let tries = 0; !registrations.has(scope); tries++) {
      if (tries > 200) throw new Error(`no service worker is registered for ${scope}`);
      await sleep(100);
    }
    const { registrationId } = registrations.get(scope);
    await session.send("ServiceWorker.dispatchSyncEvent", { origin: this.origin, registrationId, tag, lastChance: false });
    await session.detach();
  }

  /** SIGKILL for every process of this browser, as soon as `moment` has come. */
  async kill(moment = Promise.resolve()) {
    const session = await this.context.browser().newBrowserCDPSession();
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    await moment;
    for (const { id } of processInfo) killQuietly(id);
    await this.context.close().catch(() => {}); // it is gone already
  }

  async remove() {
    await this.context.close().catch(() => {});
    await this.proxy.close();
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

function killQuietly(pid) {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // its parent's end took it along
  }
}

// One browser of a run: a profile with tabs of the app, and what can be done to them.
import { setTimeout as sleep } from "node:timers/promises";
import { Device } from "../e2e/browser.mjs";
import { until } from "../e2e/plan.mjs";
import { yjsScript } from "../e2e/yjs.mjs";
import { makeEdits, refusalToDismiss, viewOf, watchReceipts, writeNote } from "./edits.mjs";
import { numbersOf } from "./plan.mjs";

/** Far more than it takes; a machine that serves others may stand still for a while. */
const OPEN_MS = 90_000;
/** What a browser says of a network that is gone, and of a hub that answers "not now". */
const EXPECTED = [/net::ERR_/, /WebSocket connection to .* failed/, /the server responded with a status of (401|403|429|50[0-9])/];

export class Player extends Device {
  /** Tabs of the app, in the order they were opened. */
  tabs = [];
  /** How often the browser was started. */
  life = 0;
  #loads = 0;
  #lane = Promise.resolve();
  #closing = false;

  static async join(member, hub, { code, witness, log }) {
    const player = await this.start(member.name, hub, { witness, log });
    await player.signIn(code);
    player.user = await player.page.evaluate(() => window.wedsync.user);
    await player.workerReady();
    player.tabs = [player.page];
    while (player.tabs.length < member.tabs) await player.openTab();
    return player;
  }

  async launch() {
    await super.launch();
    this.context.setDefaultTimeout(60_000); // many browsers may be starting
    const life = ++this.life;
    const pages = new WeakMap();
    this.context.on("page", (page) => this.#listen(page));
    this.context.on("serviceworker", (worker) => worker.on("console", (message) => this.#heard(message, "the worker")));
    this.context.pages().forEach((page) => this.#listen(page));
    await this.context.exposeBinding("chaosTell", ({ page }, told) => {
      this.witness.note({ device: this.name, user: this.user, life, page: pages.get(page) }, told);
    });
    const count = (page) => page.on("domcontentloaded", () => pages.set(page, ++this.#loads));
    this.context.on("page", count);
    this.context.pages().forEach(count);
    await this.context.addInitScript(watchReceipts);
    await this.context.addInitScript({ content: await yjsScript() });
  }

  #listen(page) {
    page.on("console", (message) => this.#heard(message, "a page"));
    page.on("pageerror", (error) => this.log(this.name, `a page threw ${error.stack ?? error}`));
  }

  #heard(message, where) {
    if (message.type() !== "error" || this.#closing) return;
    const text = `${message.text()} ${message.location()?.url ?? ""}`;
    if (!EXPECTED.some((pattern) => pattern.test(text))) this.log(this.name, `${where} logged an error: ${text}`);
  }

  /** Runs after what was asked before, and never overlaps with it. */
  inTurn(body) {
    this.#lane = this.#lane.then(body).catch((error) => this.log(this.name, `the driver could not go on: ${error.stack}`));
    return this.#lane;
  }

  tab(number) {
    return this.tabs[number % this.tabs.length];
  }

  async openTab() {
    const page = await this.context.newPage();
    this.tabs.push(page);
    await this.#load(page, () => page.goto(`${this.origin}/`, { waitUntil: "commit", timeout: OPEN_MS }));
  }

  /** The app must open whatever the network does. */
  async #load(page, go) {
    await go();
    await until(page, `the app opens on ${this.name}`, () => true, null, OPEN_MS);
  }

  async reloadTab(page) {
    await this.#load(page, () => page.reload({ waitUntil: "commit", timeout: OPEN_MS }));
  }

  async closeTab(page) {
    this.tabs = this.tabs.filter((each) => each !== page);
    await page.close();
    if (this.tabs.length === 0) await this.openTab();
  }

  /** SIGKILL for all of the browser when `moment` has come, and a new one on its profile with as many tabs. */
  async killAndRestart(moment, downMs) {
    await this.kill(moment);
    const tabs = this.tabs.length;
    this.tabs = [];
    await sleep(downMs);
    await this.launch();
    for (let i = 0; i < tabs; i++) await this.openTab();
  }

  async crashTab(page) {
    this.tabs = this.tabs.filter((each) => each !== page);
    const crashed = new Promise((resolve) => page.once("crash", resolve));
    const session = await this.context.newCDPSession(page);
    session.send("Page.crash").catch(() => {}); // it has no time to answer
    await Promise.race([crashed, sleep(5_000)]);
    await Promise.race([page.close().catch(() => {}), sleep(2_000)]);
    await this.openTab();
  }

  /** A frozen page runs nothing and keeps its locks. */
  async freezeTab(page, forMs) {
    const session = await this.context.newCDPSession(page);
    await session.send("Page.setWebLifecycleState", { state: "frozen" });
    await sleep(forMs);
    await session.send("Page.setWebLifecycleState", { state: "active" });
    await session.detach();
  }

  async stopWorker(page) {
    const session = await this.context.newCDPSession(page);
    await session.send("ServiceWorker.enable");
    await session.send("ServiceWorker.stopAllWorkers");
    await session.detach();
  }

  edit(page, { seed, count, atOnce }) {
    return page.evaluate(makeEdits, { numbers: numbersOf(seed, 40 * count), count, atOnce });
  }

  /** An edit as a person makes it; on small rights there is no such button, and the page may be gone meanwhile. */
  async fillForm(page, { seed }) {
    const timeout = 4_000;
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Events" }).click({ timeout });
    await page.getByRole("button", { name: "New event" }).click({ timeout });
    const form = page.getByRole("dialog");
    await form.getByRole("textbox", { name: "Title" }).fill(`Chaos by hand ${seed}`, { timeout });
    await form.getByRole("button", { name: "Create event" }).click({ timeout });
  }

  async walk(page, { seed }) {
    const [area] = numbersOf(seed, 1);
    const name = ["Events", "People", "Me"][Math.floor(area * 3)];
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name }).click({ timeout: 4_000 });
  }

  async dismiss(page) {
    const uuid = await page.evaluate(refusalToDismiss);
    if (!uuid) return;
    // Noted first: whether it still happened is not known if the page dies now.
    this.witness.note({ device: this.name, user: this.user }, [{ uuid, state: "dismissed" }]);
    await page.evaluate((each) => window.wedsync.dismiss([each]), uuid);
  }

  write(page, { seed, count }) {
    return page.evaluate(writeNote, { numbers: numbersOf(seed, 4 * count + 1), count });
  }

  view(page, notes) {
    return page.evaluate(viewOf, notes);
  }

  async remove() {
    this.#closing = true;
    await super.remove();
  }
}

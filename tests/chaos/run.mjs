// A run: real hub, real browsers, the plan's edits and faults; then everything heals, comes to rest and is checked.
import { execFile } from "node:child_process";
import { cpSync, createWriteStream, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { root, targetDir } from "../../scripts/run.mjs";
import { Hub } from "../e2e/hub.mjs";
import { Member } from "../e2e/member.mjs";
import { check, compareViews } from "./check.mjs";
import { faults, STEADY_ROLES } from "./faults.mjs";
import { planOf } from "./plan.mjs";
import { Player } from "./player.mjs";
import { Witness } from "./witness.mjs";

const EXAMPLES = join(targetDir, "debug", "examples");
/** Half-open connections and back-offs included, a device is up to date this long after everything healed. */
const REST_MS = 120_000;
const MINUTE = 60_000;

export class Run {
  /** What must not happen, in sentences. */
  findings = [];
  counts = { steps: {} };
  hubStarts = 0;
  /** The latest backup of the hub, and when one was put back, in milliseconds since 1970. */
  backup = null;
  restores = [];
  /** Role changes that the driver asked for: `{ user, role, ok }`; without an answer nobody knows whether it happened. */
  roleCalls = [];
  players = [];
  programs = { dump: join(EXAMPLES, "dump"), hold: join(EXAMPLES, "hold") };
  #running = new Set();
  #edits = new Set();
  #hubLane = Promise.resolve();

  constructor({ seed, ms, browsers, say = console.log }) {
    this.plan = planOf({ seed, ms, browsers });
    this.say = say;
    this.folder = join(root, "test-results", "chaos", String(seed));
    rmSync(this.folder, { recursive: true, force: true });
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(join(this.folder, "plan.json"), JSON.stringify(this.plan, null, 1));
    this.witness = new Witness(join(this.folder, "witness.jsonl"));
    this.#log = createWriteStream(join(this.folder, "run.log"));
    this.log = (who, text) => this.#log.write(`${((Date.now() - this.#started) / 1000).toFixed(1)} ${who}: ${text}\n`);
  }

  #log;
  #started = Date.now();

  /** Resolves with the findings; none is good. */
  async all() {
    this.hub = await Hub.start();
    try {
      await this.#begin();
      await this.#play();
      await this.#heal();
      await this.#settle();
    } catch (error) {
      this.find(`the run could not go on: ${error.stack ?? error}`);
    } finally {
      await this.#keep();
      await Promise.all(this.players.map((player) => player.remove()));
      await this.hub.remove();
    }
    return this.findings;
  }

  find(text) {
    if (this.findings.includes(text)) return;
    this.findings.push(text);
    this.log("FINDING", text);
    this.say(`FINDING ${text}`);
  }

  get database() {
    return join(this.hub.data, "hub.sqlite");
  }

  async #begin() {
    this.owner = await Member.join(this.hub, this.hub.codes.owner);
    for (const member of this.plan.crew) {
      const log = (who, text) => (/^(a page|the worker|the driver) /.test(text) ? this.find(`${who}: ${text}`) : this.log(who, text));
      this.players.push(await Player.join(member, this.hub, { code: this.hub.codes[member.role], witness: this.witness, log }));
    }
    this.log("run", "everybody is in");
  }

  async #play() {
    const begin = Date.now();
    let minute = 1;
    let looked = begin;
    const watch = setInterval(() => {
      const late = Date.now() - looked - 500;
      looked += late + 500;
      if (late > 5_000) this.say(`the machine stood still for ${Math.round(late / 1000)} s`);
    }, 500);
    for (const step of this.plan.steps) {
      while (Date.now() - begin < step.at) {
        await sleep(Math.min(step.at - (Date.now() - begin), 500));
        if (Date.now() - begin > minute * MINUTE) this.say(`minute ${minute++}: ${this.progress()}`);
      }
      this.#start(step);
    }
    await sleep(Math.max(0, this.plan.ms - (Date.now() - begin)));
    clearInterval(watch);
  }

  /** Nobody waits for a step: things happen at the same time, and what a step needs may be dead by then. */
  #start(step) {
    const { kind } = step;
    this.counts.steps[kind] = (this.counts.steps[kind] ?? 0) + 1;
    this.log(step.device ?? step.lane, `${kind} ${JSON.stringify(step)}`);
    const player = this.players.find((each) => each.name === step.device);
    const done = Promise.resolve(faults[kind](this, step, player))
      .catch((error) => this.log(step.device ?? step.lane, `${kind} came to nothing: ${String(error.message).split("\n")[0]}`))
      .finally(() => [this.#running, this.#edits].forEach((steps) => steps.delete(done)));
    (step.lane === "edits" ? this.#edits : this.#running).add(done);
  }

  async backUp() {
    const file = join(this.folder, `backup-${Date.now()}.sqlite`);
    await this.hub.backup(file);
    this.backup = file;
  }

  async restore() {
    await this.hub.kill();
    await this.hub.restore(this.backup);
    this.restores.push(Date.now());
  }

  /** Steps of the hub may be late; they do not overlap. */
  atHub(body) {
    this.#hubLane = this.#hubLane.then(body).catch((error) => this.find(`the hub failed: ${error.message}`));
    return this.#hubLane;
  }

  async #heal() {
    await Promise.all(this.#running);
    // An edit in a page that is frozen or gone answers late or never.
    await Promise.race([Promise.all(this.#edits), sleep(20_000)]);
    for (const [person, role] of Object.entries(STEADY_ROLES)) await this.setRole(person, role, true);
    for (const player of this.players) {
      await player.inTurn(async () => {
        player.proxy.delay = player.proxy.rate = 0;
        await player.goOnline();
      });
    }
    this.say(`healed: ${this.progress()}`);
  }

  /** Asks the hub, again and again where it must be. */
  async setRole(person, role, must = false) {
    const user = `demo-${person}`;
    do {
      const call = { at: Date.now(), user, role, ok: false };
      this.roleCalls.push(call);
      try {
        await this.owner.call("PATCH", `/v1/members/${user}`, { role });
        call.ok = true;
        return;
      } catch (error) {
        this.log("roles", `${user} ${role}: ${error.message}`);
        if (must) await sleep(500);
      }
    } while (must);
  }

  async #settle() {
    const healed = Date.now();
    let open;
    do {
      await sleep(500);
      open = await this.#notAtRest();
    } while (open.length > 0 && Date.now() - healed < REST_MS);
    open.forEach((what) => this.find(`not at rest ${REST_MS / 1000} s after everything healed: ${what}`));
    this.restMs = Date.now() - healed;
    this.say(`at rest after ${(this.restMs / 1000).toFixed(1)} s`);

    const notes = Object.keys((await this.#dump()).notes);
    const live = await this.#views(notes);
    await this.hub.kill();
    for (const player of this.players) for (const page of player.tabs) await player.reloadTab(page);
    const kept = await this.#views(notes);
    const dump = await this.#dump();
    writeFileSync(join(this.folder, "dump.json"), JSON.stringify(dump));
    this.counts.verdicts = dump.verdicts.length;
    this.counts.history = dump.history.length;
    this.counts.audit = dump.audit.length;
    const { roleCalls, restores } = this;
    const problems = check({ dump, witness: this.witness.entries, roleCalls, restores, live, kept });
    problems.forEach((problem) => this.find(problem));
    for (const line of this.hub.log.split("\n")) {
      if (/"level":"ERROR"|panicked at/.test(line)) this.find(`the hub logged an error: ${line}`);
    }
  }

  /** What is not at rest, in words: a tab that waits for something, or that shows another plan than the hub's. */
  async #notAtRest() {
    const dump = await this.#dump();
    const views = await this.#views(Object.keys(dump.notes));
    const busy = views.flatMap(({ where, status }) => {
      const { connection, pending, storage, wiped } = status;
      const rests = connection === "online" && pending === 0 && !storage && !wiped;
      return rests ? [] : [`${where} is ${JSON.stringify({ connection, pending, storage, wiped })}`];
    });
    return busy.length > 0 ? busy : compareViews(dump, views);
  }

  async #views(notes) {
    const all = [];
    for (const player of this.players) {
      for (const [i, page] of player.tabs.entries()) {
        all.push({ where: `${player.name} tab ${i + 1}`, device: player.name, ...(await player.view(page, notes)) });
      }
    }
    return all;
  }

  async #dump() {
    const { stdout } = await promisify(execFile)(this.programs.dump, [this.database, "demo"], { maxBuffer: 1 << 30 });
    return JSON.parse(stdout);
  }

  async #keep() {
    for (const player of this.players) {
      for (const [i, page] of player.tabs.entries()) {
        await page.screenshot({ path: join(this.folder, `${player.name}-${i + 1}.png`), timeout: 5_000 }).catch(() => {});
      }
    }
    writeFileSync(join(this.folder, "hub.log"), this.hub.log);
    cpSync(this.hub.data, join(this.folder, "hub"), { recursive: true });
    writeFileSync(join(this.folder, "report.txt"), this.report());
    this.#log.end();
  }

  progress() {
    const { saved, stored, refused } = this.witness.counts;
    const restarts = this.players.reduce((sum, player) => sum + player.life - 1, 0);
    return `${saved} edits saved, ${stored} stored, ${refused} refused; the hub was killed or stopped ${this.hubStarts} times (a backup restored ${this.restores.length}), a browser ${restarts} times`;
  }

  report() {
    const { seed, ms, crew } = this.plan;
    const list = (counts) => Object.entries(counts).sort().map(([name, n]) => `${name} ${n}`).join(", ");
    const { entries, declined } = this.witness;
    const codes = new Map(entries.filter((e) => e.state === "refused").map((e) => [e.uuid, e.code]));
    const tally = (values) => [...values].reduce((all, value) => ({ ...all, [value]: (all[value] ?? 0) + 1 }), {});
    const kinds = new Map(entries.filter((e) => e.state === "saved").map((e) => [e.uuid, e.kind]));
    return [
      `seed ${seed}, ${(ms / MINUTE).toFixed(1)} minutes, ${crew.length} browsers: ${crew.map((m) => `${m.name} (${m.role})`).join(", ")}`,
      this.progress(),
      `edits by kind: ${list(tally(kinds.values()))}`,
      `refused by the hub: ${list(tally(codes.values())) || "none"}`,
      `declined on the device: ${list(Object.fromEntries(declined)) || "none"}`,
      `steps: ${list(this.counts.steps)}`,
      `in the file: ${this.counts.verdicts ?? "?"} verdicts, ${this.counts.history ?? "?"} history rows, ${this.counts.audit ?? "?"} audit rows`,
      `at rest after ${((this.restMs ?? 0) / 1000).toFixed(1)} s`,
      this.findings.length === 0 ? "nothing found" : `${this.findings.length} FINDINGS\n${this.findings.map((f) => `- ${f}`).join("\n")}`,
      "",
    ].join("\n");
  }
}

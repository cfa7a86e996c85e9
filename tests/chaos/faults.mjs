// What each kind of step does. `run` is the run, `player` the browser it is about.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

/** How long a kill waits for its moment, and how long a commit takes that is killed. */
const MOMENT_MS = 3_000;
const COMMIT_MS = 1_000;

export const STEADY_ROLES = { coordinator: "coordinator", helper: "helper" };

/** The fault holds for its time; then the network is as it was. */
const network = (begin) => async (run, step, player) => {
  begin(player.proxy, step);
  await sleep(step.forMs);
  player.proxy.delay = player.proxy.rate = 0;
  player.proxy.resume();
};

const onTab = (act) => (run, step, player) => player.inTurn(() => act(player, player.tab(step.tab), step));

/** In the page, whatever else happens to its browser meanwhile. */
const edit = (act) => (run, step, player) => {
  const page = player.tab(step.tab);
  return page && act(player, page, step);
};

export const faults = {
  edits: edit((player, page, step) => player.edit(page, step)),
  note: edit((player, page, step) => player.write(page, step)),
  form: edit((player, page, step) => player.fillForm(page, step)),
  walk: edit((player, page, step) => player.walk(page, step)),
  dismiss: edit((player, page) => player.dismiss(page)),

  cut: network((proxy) => proxy.cut()),
  stall: network((proxy) => proxy.stall()),
  "half-open": network((proxy) => proxy.swallow()),
  delay: network((proxy, step) => (proxy.delay = step.delay)),
  slow: network((proxy, step) => (proxy.rate = step.rate)),
  "no-websocket": network((proxy) => proxy.deny(/^\/v1\/socket/)),
  async offline(run, step, player) {
    await player.goOffline().catch(() => {}); // the browser may be dead; the network is gone all the same
    await sleep(step.forMs);
    await player.goOnline().catch(() => {});
  },

  "kill-browser": (run, step, player) =>
    player.inTurn(() => {
      const moment = step.when === "saved" ? run.witness.next(player.name, "saved", MOMENT_MS) : Promise.resolve();
      return player.killAndRestart(moment, step.forMs);
    }),
  "close-tab": onTab((player, page) => player.closeTab(page)),
  "open-tab": (run, step, player) => player.inTurn(() => (player.tabs.length < 3 ? player.openTab() : undefined)),
  reload: onTab((player, page) => player.reloadTab(page)),
  "crash-tab": onTab((player, page) => player.crashTab(page)),
  "freeze-tab": onTab((player, page, step) => player.freezeTab(page, step.forMs)),
  "stop-worker": onTab((player, page) => player.stopWorker(page)),

  "kill-hub": (run, step) => again(run, step, () => killHub[step.when](run)),
  "slow-disk": (run, step) => run.atHub(() => withSlowDisk(run, () => sleep(step.forMs))),
  "back-up": (run) => run.atHub(() => run.backUp()),
  restore: (run, step) => (run.backup ? again(run, step, () => run.restore()) : run.atHub(() => run.backUp())),
  "stop-hub": (run, step) => again(run, step, () => run.hub.stop()),

  async "change-role"(run, step) {
    await run.setRole(step.person, step.role);
    await sleep(step.forMs);
    await run.setRole(step.person, STEADY_ROLES[step.person]);
  },
};

function again(run, step, end) {
  return run.atHub(async () => {
    await end();
    await sleep(step.forMs);
    await run.hub.up();
    run.hubStarts++;
  });
}

const killHub = {
  now: (run) => run.hub.kill(),
  answer: killAtAnswer,
  /** While edits come in that it cannot write down: whatever it says of them is not true yet. */
  commit: (run) =>
    withSlowDisk(run, async () => {
      await sleep(COMMIT_MS);
      await run.hub.kill();
    }),
};

/** The answer reaches the device, and what the hub did not do before it said so is never done. */
async function killAtAnswer(run) {
  const proxies = run.players.map((player) => player.proxy);
  await new Promise((resolve) => {
    const end = () => {
      clearTimeout(limit);
      proxies.forEach((proxy) => (proxy.onAnswer = () => {}));
      resolve(run.hub.kill());
    };
    const limit = setTimeout(end, MOMENT_MS);
    proxies.forEach((proxy) => (proxy.onAnswer = end));
  });
}

/** Commits wait for the lock that another process holds. */
async function withSlowDisk(run, body) {
  const holder = spawn(run.programs.hold, [run.database], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(holder, "close");
  try {
    await Promise.race([once(holder.stdout, "data"), ended]);
    await body();
  } finally {
    holder.stdin.end();
    await ended;
  }
}

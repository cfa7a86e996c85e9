import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { assignment, edit, events, id, newShift, receiptsOf, status, until, untilAllStored, untilOffline, untilOnline, untilOpen } from "./plan.mjs";
import { story } from "./story.mjs";

const EDITS = 2000;
const KILLS = 10;
/** The hub is killed each time that so many edits more were stored. */
const BETWEEN = 150;

story("2,000 edits drain exactly once and in order while the hub is killed ten times", 300, async ({ hub, device }) => {
  const [a, b] = [await device("a"), await device("b")];
  await a.signIn("coordinator");
  const [event] = await events(a.page);
  const shift = id();
  await edit(a.page, newShift(event, shift, "edit 0"));
  await untilAllStored(a.page);

  await a.goOffline();
  await untilOffline(a.page);
  await writeChain(a.page, event.id, shift);
  assert.equal((await status(a.page)).pending, EDITS);

  a.proxy.rate = 40_000; // slow enough that every kill falls into the drain
  await a.goOnline();
  for (let kill = 1; kill <= KILLS; kill++) {
    const left = EDITS - BETWEEN * kill;
    await until(a.page, `edits left below ${left}`, (ws, n) => ws.status.get().pending <= n, left, 60_000);
    const { pending } = await status(a.page);
    assert.ok(pending > 0, `kill ${kill} falls into the drain`);
    await hub.kill();
    await sleep(50);
    await hub.up();
    await a.page.evaluate(() => window.wedsync.syncNow());
  }
  a.proxy.rate = 0;
  await untilAllStored(a.page, 90_000);

  // Each edit replaced the value that the one before it wrote: a lost, doubled or reordered one would show here.
  const settled = await a.page.evaluate(() => Promise.all(window.chain));
  assert.equal(settled.length, EDITS);
  assert.deepEqual(settled.filter((receipt) => receipt.state !== "stored" || receipt.replaced.length > 0), []);
  assert.equal((await status(a.page)).refused, 0);

  await b.signIn("owner");
  assert.equal((await assignment(b.page, event.id, shift)).title, `edit ${EDITS}`);
});

/** 2,000 new titles for one shift, each made in sight of the one before. */
const writeChain = (page, event, shift) =>
  page.evaluate(
    async ([e, assignment, edits]) => {
      window.chain = [];
      for (let i = 1; i <= edits; i++) {
        const command = { type: "update_assignment", event: e, assignment, set: { title: `edit ${i}` }, saw: { title: `edit ${i - 1}` } };
        const receipt = await window.wedsync.do(command);
        window.chain.push(receipt.stored);
      }
    },
    [event, shift, EDITS],
  );

story("an edit that says `saved` survives SIGKILL of the browser", 120, async ({ device }) => {
  const a = await device("a");
  await a.signIn("coordinator");
  await a.workerReady();
  const [event] = await events(a.page);
  await a.goOffline();
  await untilOffline(a.page);

  for (let round = 1; round <= 3; round++) {
    const shift = id();
    const uuids = await edit(a.page, newShift(event, shift, `Before the crash ${round}`));
    await a.kill();
    await a.launch();
    await a.open();
    assert.deepEqual((await receiptsOf(a.page, uuids)).map((r) => r?.state), ["saved"]);
    assert.equal((await assignment(a.page, event.id, shift)).title, `Before the crash ${round}`);
  }

  await a.goOnline();
  await a.page.evaluate(() => window.wedsync.syncNow());
  await untilOnline(a.page);
  await untilAllStored(a.page);
  await a.page.reload();
  await untilOpen(a.page);
  // An ack that was not written down yet is heard again.
  await untilAllStored(a.page);
});

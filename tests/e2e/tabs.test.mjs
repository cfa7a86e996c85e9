import assert from "node:assert/strict";
import { edit, events, id, newShift, status, until, untilAllStored, untilOffline, untilOpen } from "./plan.mjs";
import { story } from "./story.mjs";

const ROUNDS = 10;

story("an edit in one tab is in the other tab, offline, without a reload", 120, async ({ device }) => {
  const a = await device("a");
  await a.signIn("coordinator");
  await a.workerReady();
  const first = a.page;
  const second = await a.open();
  await untilOpen(second);
  const [event] = await events(first);
  await a.goOffline();
  await untilOffline(first);

  for (let round = 0; round < ROUNDS; round++) {
    const title = `Seen by both ${round}`;
    const seen = second.evaluate(whenSeen, [event.id, title]);
    await edit(first, newShift(event, id(), title));
    await seen;
  }

  // Each tab writes its own edits, and one does the network: both are stored, and both tabs hear of it.
  await edit(second, newShift(event, id(), "From the second tab"));
  await until(first, "the other tab's edit", (ws, n) => ws.status.get().pending === n, ROUNDS + 1);
  await a.goOnline();
  await untilAllStored(first);
  await untilAllStored(second);
  const roles = [(await status(first)).network, (await status(second)).network].sort();
  assert.deepEqual(roles, ["here", "other_tab"]);

  // The tab that did the network goes; the other takes over.
  const [holder, heir] = (await status(first)).network === "here" ? [first, second] : [second, first];
  await holder.close();
  await until(heir, "the other tab takes over", (ws) => ws.status.get().network === "here");
  await edit(heir, newShift(event, id(), "After the change of hands"));
  await untilAllStored(heir);
});

/** Runs in the page: resolves once the shift is in the store. */
function whenSeen([event, title]) {
  const store = window.wedsync.event(event).assignments;
  return new Promise((resolve) => {
    const look = () => {
      if (!store.get().some((row) => row.title === title)) return;
      stop();
      resolve();
    };
    const stop = store.subscribe(look);
    look();
  });
}

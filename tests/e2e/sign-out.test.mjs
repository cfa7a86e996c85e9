import assert from "node:assert/strict";
import { edit, events, id, newShift, status, until, untilAllStored, untilOffline } from "./plan.mjs";
import { story } from "./story.mjs";

story("signing out keeps waiting edits locked until the same person signs in again", 150, async ({ device }) => {
  const [a, b] = [await device("a"), await device("b")];
  await b.signIn("owner");
  await a.signIn("coordinator");
  await a.workerReady();
  const [event] = await events(a.page);
  await a.goOffline();
  await untilOffline(a.page);
  await edit(a.page, newShift(event, id(), "Kept behind the lock"));

  await a.page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Me" }).click();
  // What comes late moves the button.
  await a.page.getByText(/^This needs a network/).waitFor();
  await a.page.getByText(/WedSync takes/).waitFor();
  await a.page.getByRole("button", { name: /^sign out/i }).click();
  await a.page.getByRole("button", { name: /keep it locked/i }).click();
  await a.page.getByText("Nobody is signed in here").waitFor();

  // Somebody else on the same device sees neither the edit nor sends it.
  await a.goOnline();
  await a.join(a.hub.codes.viewer);
  assert.equal((await status(a.page)).pending, 0);
  const seen = (ws, [e, t]) => ws.event(e).assignments.get().some((row) => row.title === t);
  assert.equal(await b.page.evaluate(`(${seen})(window.wedsync, ${JSON.stringify([event.id, "Kept behind the lock"])})`), false);

  await a.page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Me" }).click();
  await a.page.getByRole("button", { name: /^sign out/i }).first().click();
  await a.page.getByRole("dialog").getByRole("button", { name: /^sign out/i }).click();
  await a.page.getByRole("dialog").waitFor({ state: "detached" });
  await a.join(a.hub.codes.coordinator);
  await untilAllStored(a.page);
  await until(b.page, "the edit on the other device", seen, [event.id, "Kept behind the lock"]);
});

story("sending first and then signing out leaves nothing on the device", 120, async ({ device }) => {
  const [a, b] = [await device("a"), await device("b")];
  await b.signIn("owner");
  await a.signIn("coordinator");
  await a.workerReady();
  const [event] = await events(a.page);
  await a.goOffline();
  await untilOffline(a.page);
  await edit(a.page, newShift(event, id(), "Sent on leaving"));
  await a.page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Me" }).click();
  await a.page.getByRole("button", { name: /^sign out/i }).click();
  await a.page.getByRole("button", { name: /send now/i }).click();
  await a.page.getByText("Waiting for a network…").waitFor();

  await a.goOnline();
  await a.page.getByText("Nobody is signed in here").waitFor();
  const seen = (ws, [e, t]) => ws.event(e).assignments.get().some((row) => row.title === t);
  await until(b.page, "the edit on the other device", seen, [event.id, "Sent on leaving"]);
  // The worker may have wanted to send as well; it looks for four seconds and must not bring the replica back.
  await a.page.waitForTimeout(5_000);
  const left = await a.page.evaluate(async () => (await indexedDB.databases()).map((db) => db.name));
  assert.deepEqual(left.filter((name) => name.startsWith("wedsync:demo")), []);
});

import assert from "node:assert/strict";
import { assignments, edit, events, id, newShift, receipts, receiptsOf, status, until, untilAllStored, untilOffline, untilOpen } from "./plan.mjs";
import { story } from "./story.mjs";

const EDITS = 25;

story("25 edits made offline reach the other device by a sync event alone", 180, async ({ device }) => {
  const [a, b] = [await device("a"), await device("b")];
  await a.signIn("coordinator");
  await b.signIn("owner");
  await a.workerReady();

  await a.goOffline();
  await untilOffline(a.page);
  const made = await editThreeEvents(a.page);
  assert.equal(made.uuids.length, EDITS);

  await a.page.reload();
  await untilOpen(a.page);
  const afterReload = await receiptsOf(a.page, made.uuids);
  assert.deepEqual(afterReload.map((r) => r?.state), Array(EDITS).fill("saved"));
  assert.equal((await status(a.page)).pending, EDITS);
  await a.page.getByRole("status").filter({ hasText: `Offline · ${EDITS} edits saved here` }).waitFor();
  for (const { event, title } of made.shifts) {
    assert.ok((await assignments(a.page, event)).some((row) => row.title === title), `${title} is seen offline`);
  }

  const tag = `wedsync-drain:${await databaseOf(a.page)}`;
  await a.context.newPage(); // a browser without any page would end
  await a.page.close();
  await a.goOnline();
  await a.dispatchSync(tag);
  for (const { event, title } of made.shifts) {
    const seen = (ws, [e, t]) => ws.event(e).assignments.get().some((row) => row.title === t);
    await until(b.page, `${title} on the other device`, seen, [event, title], 45_000);
  }

  await a.open();
  await untilAllStored(a.page);
  assert.deepEqual((await receiptsOf(a.page, made.uuids)).map((r) => r?.state), Array(EDITS).fill("stored"));
  assert.equal((await receipts(a.page)).filter((r) => r.state === "refused").length, 0);
});

/** One event named by hand in the form, the rest by the workspace: 8 edits in each of three events. */
async function editThreeEvents(page) {
  await page.getByRole("button", { name: "New event" }).click();
  const form = page.getByRole("dialog");
  await form.getByRole("textbox", { name: /title|name/i }).first().fill("Rehearsal dinner");
  await form.getByRole("button", { name: /^(create|make|add|save)/i }).click();
  await until(page, "the new event", (ws) => ws.events.get().some((e) => e.title === "Rehearsal dinner"));

  const uuids = (await receipts(page)).filter((r) => r.state === "saved").map((r) => r.uuid);
  assert.equal(uuids.length, 1);
  const all = await events(page);
  const own = all.find((e) => e.title === "Rehearsal dinner");
  const three = [own, ...all.filter((e) => e !== own && !e.archived).slice(0, 2)];
  const shifts = [];
  for (const event of three) {
    for (let i = 0; i < 4; i++) {
      const shift = { event: event.id, assignment: id(), title: `Late shift ${i + 1} of ${event.title}` };
      shifts.push(shift);
      uuids.push(...(await edit(page, newShift(event, shift.assignment, `Draft ${i}`))));
      uuids.push(...(await edit(page, { type: "update_assignment", event: event.id, assignment: shift.assignment, set: { title: shift.title } })));
    }
  }
  return { uuids, shifts };
}

const databaseOf = (page) => page.evaluate(() => `wedsync:${window.wedsync.org}:${window.wedsync.user}`);

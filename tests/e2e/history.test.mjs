// Who moved this, when? Two people edit; a third looks, brings a value back, and still sees it without a network.
import assert from "node:assert/strict";
import { Member } from "./member.mjs";
import { assignment, edit, events, id, newShift, until, untilAllStored, untilOffline, untilOpen } from "./plan.mjs";
import { story } from "./story.mjs";

const PHONE = { viewport: { width: 390, height: 844 } };

const openFold = async (page) => {
  const fold = page.getByText("History", { exact: true });
  await fold.scrollIntoViewIfNeeded();
  await fold.click();
};

story("who moved a shift is seen, brought back, and seen without a network", 180, async ({ hub, device }) => {
  const owner = await Member.join(hub, hub.codes.owner);
  const [a, b, c] = [await device("a"), await device("b"), await device("c", PHONE)];
  await a.signIn(await owner.invite("coordinator", "Ada Planner"));
  await b.signIn(await owner.invite("coordinator", "Ben Planner"));
  await c.signIn(await owner.invite("coordinator", "Carla Planner"));
  await c.workerReady();
  const event = (await events(a.page)).find((e) => e.id === "lena-jonas");
  const shift = id();
  const at = (start, end) => ({ start: `${event.first_day}T${start}`, end: `${event.first_day}T${end}` });
  await edit(a.page, newShift(event, shift, "Late bar", at("14:00", "16:00")));
  await untilAllStored(a.page);
  const known = (ws, [e, s]) => ws.event(e).assignments.get().some((row) => row.id === s);
  await until(b.page, "the coordinator has the shift", known, [event.id, shift]);
  await edit(
    b.page,
    { type: "move_assignment", event: event.id, assignment: shift, set: at("15:00", "17:00") },
    { type: "update_assignment", event: event.id, assignment: shift, set: { title: "Night bar" } },
  );
  await untilAllStored(b.page);
  const moved = (ws, [e, s]) => ws.event(e).assignments.get().some((row) => row.id === s && row.title === "Night bar");
  await until(c.page, "the third device has the edits", moved, [event.id, shift]);

  // The phone of the third: the sheet of the shift, its history.
  await c.page.goto(`${c.origin}/#/event/${event.id}?day=${event.first_day}&shift=${shift}`);
  await openFold(c.page);
  const list = c.page.locator(".history");
  const of = (text) => list.locator(".history-entry").filter({ hasText: text });
  const move = of("moved Night bar from 14:00–16:00 to 15:00–17:00");
  await move.getByText(/^Ben Planner moved/).waitFor();
  await of(/Ben Planner changed title of Night bar.* from Late bar to Night bar/).waitFor();
  await of(/Ada Planner created Late bar/).waitFor();
  assert.equal(await list.locator(".history-entry").count(), 3);

  await move.getByRole("button", { name: /^Restore this value: time/ }).click();
  await c.page.getByText("Restored: time").waitFor();
  await untilAllStored(c.page);
  const restored = await assignment(c.page, event.id, shift);
  assert.deepEqual([restored.start.slice(11), restored.end.slice(11), restored.title], ["14:00", "16:00", "Night bar"]);
  const brought = of("You moved Night bar from 15:00–17:00 to 14:00–16:00");
  await brought.waitFor();
  // From the hub, and so kept on the device.
  await brought.getByText("Saved here, not yet at the hub").waitFor({ state: "detached" });
  const back = (ws, [e, s]) => ws.event(e).assignments.get().some((row) => row.id === s && row.start.endsWith("14:00"));
  await until(b.page, "the coordinator has the time of before", back, [event.id, shift]);

  // Without a network, after a reload: the same, with its time; and an edit of one's own on top.
  await c.goOffline();
  await untilOffline(c.page);
  await c.page.reload();
  await untilOpen(c.page);
  await edit(c.page, { type: "update_assignment", event: event.id, assignment: shift, set: { title: "Cellar bar" } });
  await openFold(c.page);
  await list.getByText(/^As of .*, offline$/).waitFor();
  const own = of(/You changed title of Cellar bar.* from Night bar to Cellar bar/);
  await own.getByText("Saved here, not yet at the hub").waitFor();
  await of("You moved Cellar bar from 15:00–17:00 to 14:00–16:00").waitFor();
  const answer = await c.page.evaluate(
    ([e, s]) => window.wedsync.history({ event: e, assignment: s }),
    [event.id, shift],
  );
  assert.equal(answer.source, "device");
  assert.deepEqual(answer.entries.map((entry) => entry.state), ["saved", "stored", "stored", "stored", "stored"]);
  // The event was opened with a network: its history is here, too.
  const whole = await c.page.evaluate((e) => window.wedsync.history({ event: e }), event.id);
  assert.ok(whole.asOf !== null && whole.entries.length >= 4);

  await c.goOnline();
  await untilAllStored(c.page);
  await own.getByText("Saved here, not yet at the hub").waitFor({ state: "detached" });
});

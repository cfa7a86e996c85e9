// Undo as people meet it: offline and after a reload, by its keys, and where somebody else changed something since.
import assert from "node:assert/strict";
import { assignment, edit, events, helpers, id, newShift, receipts, untilAllStored, until, untilOffline, untilOnline, untilOpen } from "./plan.mjs";
import { story } from "./story.mjs";

const PHONE = { viewport: { width: 390, height: 844 } };

const titleOf = async (page, event, shift) => (await assignment(page, event.id, shift))?.title;
const retitle = (event, shift, title) => ({ type: "update_assignment", event: event.id, assignment: shift, set: { title } });
const move = (event, shift, start, end) => ({
  type: "move_assignment",
  event: event.id,
  assignment: shift,
  set: { start: `${event.first_day}T${start}`, end: `${event.first_day}T${end}` },
});
const undo = (page) => page.getByRole("button", { name: /^Undo: / });
const redo = (page) => page.getByRole("button", { name: /^Redo: / });
const said = (page, text) => page.getByText(text).first().waitFor();

story("an edit is taken back offline after a reload, and done again by its keys; in a field the field's own undo goes first", 180, async ({ device }) => {
  const [a, b] = [await device("a", PHONE), await device("b", PHONE)];
  await a.signIn("coordinator");
  const event = (await events(a.page)).find((e) => e.id === "sofia-mats");
  const shift = id();
  await edit(a.page, newShift(event, shift, "Coffee"), retitle(event, shift, "Late coffee"));
  await untilAllStored(a.page);

  await a.goOffline();
  await a.page.reload();
  await untilOpen(a.page);
  await untilOffline(a.page);
  await a.page.goto(`${a.origin}/#/event/${event.id}?day=${event.first_day}`);
  await undo(a.page).click();
  await said(a.page, /^Taken back: Change title of Coffee/);
  assert.equal(await titleOf(a.page, event, shift), "Coffee");
  // It is an edit that waits, and survives a reload itself.
  await a.page.reload();
  await untilOpen(a.page);
  assert.equal(await titleOf(a.page, event, shift), "Coffee");

  await redo(a.page).waitFor();
  await a.page.getByRole("heading", { level: 1 }).focus();
  await a.page.keyboard.press("Control+Shift+Z");
  await said(a.page, /^Done again: Change title of Coffee/);
  assert.equal(await titleOf(a.page, event, shift), "Late coffee");
  await a.page.keyboard.press("Control+z");
  await until(a.page, "taken back by the key", (ws, [e, s]) => ws.event(e).assignments.get().find((x) => x.id === s).title === "Coffee", [event.id, shift]);
  const before = (await receipts(a.page)).length;
  await a.page.getByRole("button", { name: "New shift" }).click();
  const field = a.page.getByRole("dialog").getByRole("textbox").first();
  await field.fill("Tea");
  await field.press("Control+z");
  assert.equal((await receipts(a.page)).length, before, "the key belongs to the field");
  await a.page.keyboard.press("Escape");

  await a.goOnline();
  await untilOnline(a.page);
  await untilAllStored(a.page);
  await b.signIn("owner");
  await until(b.page, "the other device has it", (ws, [e, s]) => ws.event(e).assignments.get().find((x) => x.id === s)?.title === "Coffee", [event.id, shift]);
  await redo(a.page).waitFor();
});

story("what somebody changed since is kept, named and asked for", 180, async ({ device }) => {
  const [a, b] = [await device("a", PHONE), await device("b", PHONE)];
  await a.signIn("coordinator");
  await b.signIn("owner");
  const event = (await events(a.page)).find((e) => e.id === "sofia-mats");
  const shift = id();
  await edit(a.page, newShift(event, shift, "Coffee"), move(event, shift, "11:00", "14:00"));
  await untilAllStored(a.page);
  const has = (page, end) =>
    until(page, `the end ${end}`, (ws, [e, s, t]) => ws.event(e).assignments.get().find((x) => x.id === s)?.end === t, [event.id, shift, `${event.first_day}T${end}`]);
  await has(b.page, "14:00");
  await edit(b.page, { ...move(event, shift, "11:00", "15:00"), set: { end: `${event.first_day}T15:00` } });
  await has(a.page, "15:00");

  await a.page.goto(`${a.origin}/#/event/${event.id}?day=${event.first_day}`);
  await undo(a.page).click();
  const owner = await b.page.evaluate(() => window.wedsync.user);
  await a.page.getByText(/All but the end: .+ changed it since\./).first().waitFor();
  const [{ kept }] = await receipts(a.page);
  assert.deepEqual(kept.map((k) => k.field), ["end"]);
  assert.equal((await assignment(a.page, event.id, shift)).start, `${event.first_day}T10:00`);
  await untilAllStored(a.page);
  assert.equal((await receipts(a.page))[0].kept[0].by, owner);

  await a.page.getByRole("button", { name: "Take that back, too" }).click();
  await has(a.page, "12:00");
  await has(b.page, "12:00");
});

story("a filling is taken back by one undo, and who had said yes before has said yes again", 240, async ({ device }) => {
  const [a, b] = [await device("a", PHONE), await device("b", PHONE)];
  await a.signIn("coordinator");
  await b.signIn("helper");
  const event = (await events(a.page)).find((e) => e.id === "sofia-mats");
  const [shift, other] = [id(), id()];
  const me = await b.page.evaluate(() => window.wedsync.status.get().helper);
  const [someone] = (await helpers(a.page)).filter((h) => h.id !== me && !h.archived);
  await edit(
    a.page,
    newShift(event, shift, "Coffee", { helpers_max: 2 }),
    newShift(event, other, "Tea"),
    { type: "assign", event: event.id, assignment: shift, helper: me },
  );
  await untilAllStored(a.page);
  await until(b.page, "the helper is asked", (ws, [e, s]) => ws.event(e).assignments.get().some((x) => x.id === s), [event.id, shift]);
  await edit(b.page, { type: "accept", event: event.id, assignment: shift, helper: me });
  await untilAllStored(b.page);
  const standing = () =>
    a.page.evaluate(([e, all]) => window.wedsync.event(e).assignments.get().filter((x) => all.includes(x.id)).map((x) => x.assigned), [event.id, [shift, other]]);
  await until(a.page, "the yes is here", (ws, [e, s]) => ws.event(e).assignments.get().find((x) => x.id === s).assigned.some((p) => p.status === "accepted"), [event.id, shift]);
  const before = await standing();

  const post = (assignment, helper) => ({ assignment, helper });
  await edit(a.page, { type: "staff", event: event.id, unassign: [post(shift, me)], assign: [post(shift, someone.id), post(other, me)] });
  await untilAllStored(a.page);
  assert.notDeepEqual(await standing(), before);
  await a.page.goto(`${a.origin}/#/event/${event.id}?day=${event.first_day}`);
  await undo(a.page).click();
  // The press is an edit of a moment later: what is stored before it is what was there already.
  await said(a.page, /^Taken back: /);
  await untilAllStored(a.page);
  assert.deepEqual(await standing(), before);
});

// Conflicts as people meet them: while they drag, in the panel, when gaps are filled, and from their own calendars.
import assert from "node:assert/strict";
import { assignment, assignments, edit, events, id, newShift, receipts, until, untilAllStored, untilOffline, untilOpen } from "./plan.mjs";
import { story } from "./story.mjs";

const PHONE = { viewport: { width: 390, height: 844 } };

const conflicts = (page, event) => page.evaluate((e) => window.wedsync.event(e).conflicts.get(), event);
const onShift = async (page, event, shift) => (await assignment(page, event, shift)).assigned.map((one) => one.helper);

/** Holds a block over another row of the same time, without dropping it. */
async function dragTo(page, block, row) {
  await block.scrollIntoViewIfNeeded();
  const from = await block.boundingBox();
  const to = await page.locator(`[data-row="${row}"]`).boundingBox();
  const x = from.x + from.width / 2;
  await page.mouse.move(x, from.y + from.height / 2);
  await page.mouse.down();
  await page.mouse.move(x, from.y + from.height / 2 + 10, { steps: 3 });
  await page.mouse.move(x, to.y + to.height / 2, { steps: 8 });
}

story("a double booking is seen before the drop, offline; a suggestion mends it, and both devices agree", 180, async ({ device }) => {
  const [a, b] = [await device("a"), await device("b")];
  await a.signIn("coordinator");
  await b.signIn("owner");
  const event = (await events(a.page)).find((e) => e.id === "sofia-mats");
  const [welcome, bar] = [id(), id()];
  const at = (start, end) => ({ start: `${event.first_day}T${start}`, end: `${event.first_day}T${end}` });
  await edit(
    a.page,
    newShift(event, welcome, "Welcome", at("04:00", "06:00")),
    newShift(event, bar, "Late bar", at("05:00", "07:00")),
    { type: "assign", event: event.id, assignment: welcome, helper: "amira" },
    { type: "assign", event: event.id, assignment: bar, helper: "bence" },
  );
  await untilAllStored(a.page);
  await a.goOffline();
  await untilOffline(a.page);
  assert.deepEqual((await conflicts(a.page, event.id)).filter((c) => c.kind === "overlap"), []);

  await a.page.goto(`${a.origin}/#/event/${event.id}?view=helper&day=${event.first_day}`);
  await dragTo(a.page, a.page.locator(`[data-block="${bar}.bence"]`), "amira");
  await a.page.locator('[data-row="amira"] .block-preview').getByText("Double booking").waitFor();
  await a.page.locator(".drag-bar").getByText(/Amira Haddad is on Welcome .* and Late bar .* at the same time: 1 h/).waitFor();
  assert.deepEqual(await onShift(a.page, event.id, bar), ["bence"], "nothing changed yet");

  await a.page.mouse.up();
  await a.page.locator(`[data-block="${bar}.amira"]`).waitFor();
  await a.page.getByRole("link", { name: /^Conflicts: 1 impossible/ }).click();
  const conflict = a.page.locator(".conflict").filter({ hasText: "at the same time" });
  await conflict.getByRole("button", { name: "What could help?" }).click();
  await conflict.getByRole("button", { name: /^Do it: / }).first().click();
  await a.page.getByRole("button", { name: "Undo", exact: true }).waitFor();
  await conflict.waitFor({ state: "detached" });
  const mended = await assignments(a.page, event.id);

  await a.goOnline();
  await untilAllStored(a.page);
  const agrees = (ws, [e, wanted]) => JSON.stringify(ws.event(e).assignments.get()) === wanted;
  await until(b.page, "the other device has it", agrees, [event.id, JSON.stringify(mended)]);
  assert.deepEqual(await conflicts(b.page, event.id), await conflicts(a.page, event.id));
  assert.deepEqual((await conflicts(b.page, event.id)).filter((c) => c.kind === "overlap"), []);
});

story("the gaps of a festival are filled without a hard conflict; stopping changes nothing, and one tap takes it back", 420, async ({ device }) => {
  const a = await device("a", PHONE);
  await a.signIn("coordinator");
  const event = (await events(a.page)).find((e) => e.id === "summer-festival");
  const names = Array.from({ length: 40 }, (_, i) => ({ type: "add_helper", helper: id(), fields: { name: `Helper ${i + 1}`, adult: true } }));
  await edit(a.page, ...names);
  const before = await assignments(a.page, event.id);
  const openPlaces = async () => (await events(a.page)).find((e) => e.id === event.id).open_places;
  const missing = await openPlaces();

  await a.page.goto(`${a.origin}/#/event/${event.id}`);
  const menu = async (item) => {
    await a.page.getByRole("button", { name: "More for this event" }).click();
    await a.page.getByRole("menuitem", { name: item }).click();
  };
  await menu("Fill the gaps");
  // As slow as it takes for a hand to be in time.
  const session = await a.context.newCDPSession(a.page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: 40 });
  await a.page.getByRole("button", { name: "Look for helpers" }).click({ timeout: 60_000 });
  await a.page.getByRole("button", { name: "Stop" }).click({ timeout: 60_000 });
  await session.send("Emulation.setCPUThrottlingRate", { rate: 1 });
  await a.page.getByRole("button", { name: "Look for helpers" }).click();
  const fill = a.page.getByRole("button", { name: /^Fill \d+ places$/ });
  await fill.waitFor({ timeout: 240_000 });
  assert.deepEqual(await assignments(a.page, event.id), before, "looking changes nothing");

  const places = Number(/\d+/.exec(await fill.textContent())[0]);
  assert.ok(places > 100, `${places} places`);
  await fill.click();
  await a.page.getByText(`${places} places filled.`).waitFor();
  assert.equal(await openPlaces(), missing - places);
  assert.deepEqual((await conflicts(a.page, event.id)).filter((c) => c.severity === "hard"), []);
  assert.equal((await receipts(a.page)).filter((r) => r.command.type === "staff").length, 1);
  await untilAllStored(a.page, 60_000);

  const [role] = await a.page.evaluate((e) => window.wedsync.event(e).coverage.get(), event.id);
  const hour = role.hours[0];
  const words = hour.missing > 0 ? `${hour.missing} helpers? missing` : "enough";
  await a.page.goto(`${a.origin}/#/event/${event.id}?view=coverage&day=${hour.start.slice(0, 10)}`);
  await a.page.getByRole("button", { name: new RegExp(`^${role.role}, ${hour.start.slice(11)}: (−\\d+ )?${hour.there}/${hour.needed}, ${words}$`) }).click();
  await a.page.getByRole("dialog").getByText(role.role).first().waitFor();

  await a.page.goto(`${a.origin}/#/event/${event.id}`);
  await a.page.reload();
  await untilOpen(a.page);
  await a.page.getByRole("button", { name: `Undo: Fill ${places} places` }).click();
  await a.page.getByText(`Taken back: Fill ${places} places.`).waitFor();
  assert.deepEqual(await assignments(a.page, event.id), before);
  await untilAllStored(a.page, 60_000);
});

story("a helper's calendar file makes a conflict where they are busy, and keeps to itself what it is about", 180, async ({ device }) => {
  const [a, b] = [await device("a", PHONE), await device("b", PHONE)];
  await a.signIn("helper");
  await b.signIn("coordinator");
  const event = (await events(b.page)).find((e) => e.id === "sofia-mats");
  const shift = id();
  await edit(
    b.page,
    newShift(event, shift, "Early coffee", { start: `${event.first_day}T05:00`, end: `${event.first_day}T07:00` }),
    { type: "assign", event: event.id, assignment: shift, helper: "hanna" },
  );
  await untilAllStored(b.page);
  await until(a.page, "the helper has the shift", (ws, [e, s]) => ws.event(e).assignments.get().some((row) => row.id === s), [event.id, shift]);

  const day = event.first_day.replaceAll("-", "");
  const file = (end) => `BEGIN:VCALENDAR\r\nX-WR-CALNAME:Private\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=${event.zone}:${day}T060000\r\nDTEND;TZID=${event.zone}:${day}T${end}\r\nSUMMARY:Dentist\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`;
  const read = async (end) => {
    const [chooser] = await Promise.all([a.page.waitForEvent("filechooser"), a.page.getByRole("button", { name: "Read a calendar file" }).click()]);
    await chooser.setFiles({ name: "private.ics", mimeType: "text/calendar", buffer: Buffer.from(file(end)) });
    await a.page.getByRole("button", { name: "Take 1 busy time" }).click();
    await a.page.getByRole("button", { name: "Take 1 busy time" }).waitFor({ state: "detached" });
    await untilAllStored(a.page);
  };
  await a.page.goto(`${a.origin}/#/me`);
  await read("063000");
  await a.page.goto(`${a.origin}/#/people/hanna`);
  await a.page.getByText(/Busy elsewhere/).waitFor();

  const busy = (ws, [e, minutes]) => ws.event(e).conflicts.get().some((c) => c.kind === "external_busy" && c.severity === "hard" && c.score === minutes);
  await until(b.page, "the coordinator sees it", busy, [event.id, 30]);
  await b.page.goto(`${b.origin}/#/event/${event.id}?panel=conflicts`);
  await b.page.locator(".conflict").filter({ hasText: "Busy elsewhere" }).waitFor();
  assert.equal(await b.page.evaluate(() => JSON.stringify(window.wedsync.person("hanna").facts.get()).includes("Dentist")), false);

  // The same calendar again, changed: it takes the place of what it brought before.
  await read("065000");
  await until(b.page, "the coordinator sees the change", busy, [event.id, 50]);
  assert.equal((await b.page.evaluate(() => window.wedsync.person("hanna").facts.get())).calendars.length, 1);
});

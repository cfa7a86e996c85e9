// Who is here, as people meet it: in the event's header, on the shift, at the field, and gone when they are.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/run.mjs";
import { assignment, edit, events, id, newShift, status, until, untilAllStored, untilOffline, untilOnline } from "./plan.mjs";
import { story } from "./story.mjs";

const PHONE = { viewport: { width: 390, height: 844 } };
/** A crash is noticed within 30 seconds; some more for a busy machine. */
const EXPIRY = 60_000;

/** The others in an event, and where they are: `[name, shift, field]` for each place. Open notes have states of their own. */
const othersIn = (page, event) =>
  page.evaluate(
    (e) =>
      window.wedsync
        .event(e)
        .presence.get()
        .filter((peer) => !peer.self)
        .flatMap((peer) => peer.states.filter((state) => !state.cursor).map((state) => [peer.name, state.assignment, state.field])),
    event,
  );

const untilOthers = (page, event, count, timeout) =>
  until(page, `${count} others here`, (ws, [e, n]) => ws.event(e).presence.get().filter((peer) => !peer.self).length === n, [event, count], timeout);

async function shot(page, name) {
  if (!process.env.SHOTS) return;
  mkdirSync(join(root, "test-results"), { recursive: true });
  await page.screenshot({ path: join(root, "test-results", `presence-${name}.png`) });
}

/** Two planners, one with a phone, in the sheet of one shift. */
async function onOneShift(device) {
  const [a, b] = [await device("a"), await device("b", PHONE)];
  await a.signIn("coordinator");
  await b.signIn("owner");
  const event = (await events(a.page)).find((e) => e.id === "sofia-mats");
  const shift = id();
  await edit(a.page, newShift(event, shift, "Welcome drinks", { start: `${event.first_day}T04:00`, end: `${event.first_day}T05:00` }));
  await untilAllStored(a.page);
  const path = `#/event/${event.id}?day=${event.first_day}`;
  await a.page.goto(`${a.origin}/${path}`);
  await b.page.goto(`${b.origin}/${path}`);
  return { a, b, event, shift, path };
}

story("two planners see each other, on the shift and at the field, and are gone when they go", 240, async ({ device }) => {
  const { a, b, event, shift, path } = await onOneShift(device);
  await untilOthers(a.page, event.id, 1);
  await untilOthers(b.page, event.id, 1);
  await b.page.getByRole("button", { name: /^1 other person here/ }).click();
  await b.page.getByText("In this event").waitFor();
  await shot(b.page, "who-is-here");
  await b.page.keyboard.press("Escape");

  // Looking at a shift is seen on its row; editing a field at that field.
  await a.page.goto(`${a.origin}/${path}&shift=${shift}`);
  await b.page.locator(".shift", { hasText: "Welcome drinks" }).getByText("Looked at by").waitFor({ state: "attached" });
  await shot(b.page, "looked-at");
  await b.page.goto(`${b.origin}/${path}&shift=${shift}`);
  await a.page.getByLabel("Title", { exact: true }).focus();
  await b.page.getByText(/ is editing$/).waitFor();
  assert.deepEqual((await othersIn(b.page, event.id)).map(([, at, field]) => [at, field]), [[shift, "title"]]);
  await b.page.getByLabel("Title", { exact: true }).scrollIntoViewIfNeeded();
  await shot(b.page, "is-editing");
  await a.page.getByLabel("Title", { exact: true }).blur();
  await b.page.getByText(/ is editing$/).waitFor({ state: "detached" });

  // Clean close: gone at once; offline: nobody is known to be here.
  await a.page.close();
  await untilOthers(b.page, event.id, 0);
  await b.page.keyboard.press("Escape");
  await b.page.getByRole("button", { name: "Who was here" }).click();
  await b.page.getByText("Left", { exact: true }).waitFor();
  await shot(b.page, "left");
  await b.page.keyboard.press("Escape");
  await a.open(`/${path}`);
  await untilOthers(b.page, event.id, 1);
  await b.goOffline();
  await untilOffline(b.page);
  await untilOthers(b.page, event.id, 0);
  await untilOthers(a.page, event.id, 0);
  await b.goOnline();
  await b.page.evaluate(() => window.wedsync.syncNow());
  await untilOnline(b.page);
  await untilOthers(b.page, event.id, 1);
  await untilOthers(a.page, event.id, 1);
});

story("who crashes is gone within half a minute, and so is who falls silent on a dead line", 240, async ({ device }) => {
  const { a, b, event } = await onOneShift(device);
  await untilOthers(b.page, event.id, 1);
  await a.kill();
  await untilOthers(b.page, event.id, 0, EXPIRY);

  await a.launch();
  await a.open(`/#/event/${event.id}`);
  await untilOthers(b.page, event.id, 1);
  a.proxy.swallow();
  await untilOthers(b.page, event.id, 0, EXPIRY);
});

story("every tab of a device counts, and a closed one does not", 180, async ({ device }) => {
  const { a, b, event, shift, path } = await onOneShift(device);
  await untilOthers(b.page, event.id, 1);
  const first = a.page;
  const second = await a.open(`/${path}&shift=${shift}`);
  // Only one of two tabs is in front, and only that counts: headless Chromium shows both.
  const places = (wanted) =>
    until(b.page, `places ${wanted}`, (ws, [e, n]) => ws.event(e).presence.get().flatMap((p) => (p.self ? [] : p.states.filter((state) => !state.cursor))).length === n, [event.id, wanted]);
  await places(2);
  await until(second, "the other tab is there", (ws) => ws.status.get().network === "other_tab");
  await second.close();
  await places(1);
  assert.equal((await status(first)).network, "here");
});

story("a change under the cursor is told, and what was typed stays until it is chosen", 240, async ({ device }) => {
  const { a, b, event, shift, path } = await onOneShift(device);
  await a.page.goto(`${a.origin}/${path}&shift=${shift}`);
  await b.page.goto(`${b.origin}/${path}&shift=${shift}`);
  const titleOf = async (page) => (await assignment(page, event.id, shift)).title;
  const untilTitle = (page, title) =>
    until(page, title, (ws, [e, s, t]) => ws.event(e).assignments.get().find((row) => row.id === s)?.title === t, [event.id, shift, title]);
  const [hers, mine] = [a.page, b.page].map((page) => page.getByLabel("Title", { exact: true }));
  // A sheet takes the focus when it opens: a field that had it would be left, and its text saved.
  await b.page.waitForFunction(() => document.activeElement.closest("[role=dialog]") !== null);

  await mine.fill("Typed by me");
  await hers.fill("Typed by her");
  await hers.press("Enter");
  // "Meanwhile" where the edit was here before the word that she is in the field.
  await b.page.getByText(/changed this to “Typed by her”( meanwhile)?\. What you typed is not saved yet\./).waitFor();
  assert.equal(await mine.inputValue(), "Typed by me");
  await b.page.getByRole("button", { name: "Keep mine" }).scrollIntoViewIfNeeded();
  await shot(b.page, "changed-under-the-cursor");
  await b.page.getByRole("button", { name: "Take theirs" }).click();
  assert.equal(await mine.inputValue(), "Typed by her");
  await b.page.getByRole("button", { name: "Take theirs" }).waitFor({ state: "detached" });
  assert.equal(await titleOf(b.page), "Typed by her");

  await mine.fill("Mine after all");
  await hers.fill("Hers again");
  await hers.press("Enter");
  await b.page.getByRole("button", { name: "Keep mine" }).click();
  await untilTitle(a.page, "Mine after all");
  assert.equal(await mine.inputValue(), "Mine after all");

  // Leaving the field with the choice open is going on with one's own: nothing that was typed is lost.
  await mine.fill("Left open");
  await hers.fill("Hers a third time");
  await hers.press("Enter");
  await b.page.getByRole("button", { name: "Keep mine" }).waitFor();
  await b.page.getByLabel("Team", { exact: true }).focus();
  await untilTitle(a.page, "Left open");
});

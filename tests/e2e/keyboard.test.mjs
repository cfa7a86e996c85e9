// By keyboard alone, and with a screen reader's eyes: what the pages say, and when.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { focus, tabTo } from "./keys.mjs";
import { assignment, edit, until, untilAllStored, untilOffline } from "./plan.mjs";
import { story } from "./story.mjs";
import { furnish } from "./views.mjs";

const PHONE = { viewport: { width: 390, height: 844 } };
const called = async (page, name) => assert.match((await focus(page)).name, name);
const type = (page, text) => page.keyboard.type(text);
const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};

/** Waits for what the focus is on: it follows a screen or a sheet a moment later. */
async function focused(page, name) {
  for (let i = 0; i < 300; i++) {
    if (name.test((await focus(page)).name)) return;
    await sleep(50);
  }
  assert.fail(`the focus is on ${JSON.stringify(await focus(page))}, not on ${name}`);
}

/** From block to block by the arrow keys: along each row, from the first one down. */
async function walkTo(page, block) {
  for (let row = 0; row < 12; row++) await press(page, "ArrowUp");
  for (let row = 0; row < 12; row++) {
    await press(page, "Home");
    for (let i = 0; i < 8; i++) {
      if (await block.evaluate((e) => e === document.activeElement)) return;
      await press(page, "ArrowRight");
    }
    await press(page, "ArrowDown");
  }
  assert.fail("the arrow keys do not reach the block");
}

/** To the message, and back by its button. */
async function takeBack(page) {
  await press(page, "F6");
  await focused(page, /^Undo$/);
  await press(page, "Enter");
  await page.getByText(/^Taken back: /).first().waitFor();
}

story("a coordinator signs in, puts a helper on a shift, moves it and takes a step back, by keyboard alone", 240, async ({ hub, device }) => {
  const [a, b] = [await device("a"), await device("b")];
  await b.signIn("owner");
  const plan = await furnish(b.page);
  a.page = await a.context.newPage();
  const { page } = a;
  await page.goto(`${a.origin}/#join=${hub.codes.coordinator}`);
  await page.getByRole("button", { name: "Join on this device" }).waitFor();
  await tabTo(page, "Join on this device");
  await press(page, "Enter");
  await focused(page, /^Events$/);
  await until(page, "the plan is here", (ws, shift) => ws.event("lena-jonas").assignments.get().some((row) => row.id === shift), plan.shift);

  // From the list of events to the shift, past the skip link.
  await page.reload();
  await page.getByRole("heading", { name: "Events" }).waitFor();
  await tabTo(page, "Skip to the plan");
  await press(page, "Enter");
  await called(page, /^Events$/);
  await tabTo(page, /^Wedding of Lena and Jonas/);
  await press(page, "Enter");
  await focused(page, /^Wedding of Lena and Jonas$/);
  await tabTo(page, /Welcome drinks/);
  await press(page, "Enter");
  await focused(page, /^Welcome drinks$/);

  // A helper by typing, then back to the row of the list that it came from.
  await tabTo(page, "Add a helper");
  await type(page, "Bence");
  await page.getByRole("option", { name: /Bence/ }).waitFor();
  await press(page, "ArrowDown", "Enter");
  await until(page, "Bence is on it", (ws, [e, s]) => ws.event(e).assignments.get().find((row) => row.id === s).assigned.some((x) => x.helper === "bence"), [plan.event, plan.shift]);
  await press(page, "Escape", "Escape");
  await page.getByRole("complementary").waitFor({ state: "detached" });
  await focused(page, /Welcome drinks/);

  // To the timeline, one stop for all of it, and a shift a quarter of an hour later and back.
  await tabTo(page, "List", { key: "Shift+Tab" });
  await press(page, "ArrowRight", "ArrowRight");
  await page.getByRole("group", { name: "Shifts by place" }).waitFor();
  await tabTo(page, /\d:\d\d–/);
  const block = page.locator(`[data-block="${plan.shift}.barn"]`);
  await walkTo(page, block);
  const { start } = await assignment(page, plan.event, plan.shift);
  await press(page, "m", "ArrowRight", "Enter");
  await until(page, "it begins later", (ws, [e, s, at]) => ws.event(e).assignments.get().find((row) => row.id === s).start !== at, [plan.event, plan.shift, start]);
  await focused(page, /^Welcome drinks 10:15/);
  await press(page, "m", "ArrowLeft", "Escape");
  assert.match((await assignment(page, plan.event, plan.shift)).start, /10:15$/, "Escape leaves it where it was");
  await focused(page, /^Welcome drinks 10:15/);

  // What could help with a conflict, and back by the message.
  const before = (await assignment(page, plan.event, plan.shift)).assigned.length;
  await tabTo(page, /^Conflicts: /, { key: "Shift+Tab" });
  await press(page, "Enter");
  await focused(page, /^Conflicts$/);
  await tabTo(page, "What could help?");
  await press(page, "Enter");
  await tabTo(page, /^Do it: /);
  await press(page, "Enter");
  await page.getByRole("button", { name: "Undo", exact: true }).waitFor();
  await takeBack(page);
  assert.equal((await assignment(page, plan.event, plan.shift)).assigned.length, before);
});

story("sheets keep the focus and give it back; what disappears hands it on", 180, async ({ device }) => {
  const a = await device("a", PHONE);
  await a.signIn("owner");
  const { page } = a;
  const plan = await furnish(page);
  await tabTo(page, "New event");
  await press(page, "Enter");
  await focused(page, /^Title/);
  for (let i = 0; i < 12; i++) {
    await press(page, "Tab");
    assert.ok((await focus(page)).inDialog, "the sheet keeps the focus");
  }
  await press(page, "Escape");
  await focused(page, /^New event$/);

  // A field's error stands with it.
  await press(page, "Enter");
  await focused(page, /^Title/);
  await tabTo(page, "Create event");
  await press(page, "Enter");
  await page.locator(".field-error").first().waitFor();
  const title = page.getByRole("textbox", { name: "Title" });
  assert.equal(await title.getAttribute("aria-invalid"), "true");
  assert.match(await title.evaluate((e) => e.getAttribute("aria-describedby").split(" ").map((id) => document.getElementById(id)?.textContent).join(" ")), /\w/);
  await press(page, "Escape");

  // The time off is removed: what had the focus is gone, and so is its row.
  await page.goto(`${a.origin}/#/people/amira`);
  await page.getByRole("button", { name: /^Change time off/ }).focus();
  await press(page, "Enter");
  await tabTo(page, "Remove");
  await press(page, "Enter");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await focused(page, /^Time off$/);

  // A message over a sheet is in reach too; the row of the conflict goes, and the next one has the focus.
  await page.goto(`${a.origin}/#/event/${plan.event}?day=${plan.day}&panel=conflicts`);
  await page.getByRole("button", { name: "What could help?" }).first().focus();
  await press(page, "Enter");
  await page.getByRole("button", { name: /^Do it: / }).first().focus();
  await press(page, "Enter");
  await page.getByRole("button", { name: "Undo", exact: true }).waitFor();
  await page.waitForFunction(() => document.activeElement.closest("[role=dialog]") !== null);
  await takeBack(page);
  await page.goto(`${a.origin}/#/people`);
  await focused(page, /^People$/);

  // The keys, by the question mark; in a field it is a character.
  await press(page, "?");
  await focused(page, /^Keyboard$/);
  await press(page, "Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.goto(`${a.origin}/#/people`);
  await page.getByRole("searchbox").focus();
  await type(page, "?");
  assert.equal(await page.getByRole("dialog").count(), 0);
  assert.equal(await page.getByRole("searchbox").inputValue(), "?");
});

/** Every text that a live region says from now on. */
const listen = (page) =>
  page.evaluate(() => {
    const said = new Map();
    const look = () => {
      for (const region of document.querySelectorAll("[aria-live]:not([aria-live=off]), [role=alert]")) {
        const text = region.textContent.trim();
        if (said.get(region) !== text && text) window.heard.push(text);
        said.set(region, text);
      }
    };
    window.heard = [];
    look();
    // What stands there already is no news.
    window.heard = [];
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
/** Said only where the machine takes its time. */
const PASSING = /^(Connecting…|Sending \d|Offline · [12] edit)/;
/** What was said once there are so many texts, and a while later: no more come. */
async function heard(page, count) {
  const now = async () => (await page.evaluate(() => window.heard)).filter((text) => !PASSING.test(text));
  for (let i = 0; i < 300 && (await now()).length < count; i++) await sleep(50);
  await sleep(1_500);
  return now();
}

story("a screen reader hears what changed, once, and finds landmarks, headings and the plan in words", 180, async ({ device }) => {
  const a = await device("a");
  await a.signIn("owner");
  const { page } = a;
  const plan = await furnish(page);
  const rename = (title) => ({ type: "update_assignment", event: plan.event, assignment: plan.shift, set: { title } });

  await page.goto(`${a.origin}/#/event/${plan.event}?day=${plan.day}`);
  await page.getByRole("heading", { level: 1 }).waitFor();
  // What furnishing the plan changed is said by then.
  await page.locator("[aria-live=polite]").filter({ hasText: /^All stored$/ }).waitFor({ state: "attached" });
  await sleep(1_500);
  await listen(page);
  await a.goOffline();
  await untilOffline(page);
  assert.deepEqual(await heard(page, 1), ["Offline"]);
  await edit(page, rename("A"), rename("B"), rename("Welcome"));
  assert.deepEqual(await heard(page, 2), ["Offline", "Offline · 3 edits saved here"]);
  await a.goOnline();
  await untilAllStored(page);
  assert.deepEqual(await heard(page, 3), ["Offline", "Offline · 3 edits saved here", "All stored"]);
  await edit(page, { type: "unassign", event: plan.event, assignment: plan.shift, helper: "amira" });
  const last = (await heard(page, 5)).slice(3).toSorted();
  assert.equal(last[0], "All stored");
  assert.match(last[1], /^Conflicts: \d+ impossible/);
  assert.equal(last.length, 2);

  const snapshot = await page.locator("body").ariaSnapshot();
  for (const part of [/- navigation "Main"/, /- main:/, /- heading "Wedding of Lena and Jonas" \[level=1\]/, /- tablist "View"/, /- heading "10:00" \[level=2\]/]) assert.match(snapshot, part);
  await page.goto(`${a.origin}/#/event/${plan.event}?day=${plan.day}&view=helper`);
  const rows = await page.getByRole("group", { name: "Shifts by helper" }).ariaSnapshot();
  assert.match(rows, /- group "Hanna Helper, Double booking[^"]*":\n(\s+- button [^\n]*\n)*\s+- button "Welcome 10:00 [^"]*, 10:00–12:00, asked"/);

  const titles = [];
  for (const [hash, title] of [["", "Events"], ["people", "People"], ["people/amira", "Amira Haddad"], ["places", "Places"], ["rules", "Rules for everybody"], ["me", "Me"]]) {
    await page.goto(`${a.origin}/#/${hash}`);
    await focused(page, new RegExp(`^${title}$`));
    titles.push(await page.title());
  }
  assert.deepEqual(titles, ["Events", "People", "Amira Haddad", "Places", "Rules for everybody", "Me"].map((title) => `${title} · WedSync`));
});

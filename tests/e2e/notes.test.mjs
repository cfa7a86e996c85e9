import assert from "node:assert/strict";
import { edit, events, id, newShift, status, until, untilAllStored, untilOffline, untilOnline, untilOpen } from "./plan.mjs";
import { Member } from "./member.mjs";
import { story } from "./story.mjs";

const PHONE = { viewport: { width: 390, height: 844 } };

const field = (page) => page.getByRole("textbox", { name: "Notes" });

/** Opens the sheet of a shift. */
async function openShift(page, event, shift) {
  await page.evaluate((to) => void (window.location.hash = to), `#/event/${event.id}?shift=${shift}`);
  await field(page).waitFor();
}

/** What stands in the field: its lines, without the placeholder. */
const textOf = (page) =>
  field(page).evaluate((content) =>
    [...content.querySelectorAll(".cm-line")]
      .map((line) => {
        const words = line.cloneNode(true);
        for (const widget of words.querySelectorAll("[contenteditable=false], .cm-widgetBuffer")) widget.remove();
        return words.textContent;
      })
      .join("\n"),
  );

/** Waits until the field holds this. */
async function untilNote(page, text) {
  const limit = Date.now() + 15_000;
  let shown;
  do {
    shown = await textOf(page);
    if (shown === text) return;
    await page.waitForTimeout(30);
  } while (Date.now() < limit);
  assert.equal(shown, text);
}

/** Types behind what is there. */
async function append(page, text) {
  await field(page).press("ControlOrMeta+End");
  await field(page).pressSequentially(text);
}

const untilSaved = (page) => page.getByText("Helpers and coordinators write here together.").waitFor();

async function newNote(owner) {
  const [event] = await events(owner.page);
  const shift = id();
  await edit(owner.page, newShift(event, shift, "Build the stage", { helpers_max: 3 }));
  return [event, shift];
}

const arrived = (ws, [e, s]) => ws.event(e).assignments.get().some((row) => row.id === s);

story("two people write in one note, online and offline, and both see all of it", 150, async ({ device }) => {
  const [owner, helper] = [await device("owner"), await device("helper", PHONE)];
  await owner.signIn("owner");
  await helper.signIn("helper");
  const [event, shift] = await newNote(owner);
  await until(helper.page, "the shift", arrived, [event.id, shift]);
  for (const { page } of [owner, helper]) await openShift(page, event, shift);

  await append(owner.page, "Bring gloves.");
  await untilNote(helper.page, "Bring gloves.");
  // The caret stays where it is while the other one writes before it.
  await append(helper.page, " And water 💧.");
  await untilNote(owner.page, "Bring gloves. And water 💧.");
  await field(owner.page).press("ControlOrMeta+Home");
  await owner.page.keyboard.type("Hi! ");
  await untilNote(helper.page, "Hi! Bring gloves. And water 💧.");
  await helper.page.keyboard.type(" Thanks");
  await untilNote(owner.page, "Hi! Bring gloves. And water 💧. Thanks");

  // A word that is composed of several keys is not disturbed by what comes meanwhile.
  const keyboard = await helper.context.newCDPSession(helper.page);
  const compose = (text) => keyboard.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
  await compose("に");
  await untilNote(owner.page, "Hi! Bring gloves. And water 💧. Thanksに");
  await field(owner.page).press("ControlOrMeta+Home");
  await owner.page.keyboard.type("> ");
  await untilAllStored(owner.page);
  await compose("にほ");
  await untilNote(owner.page, "> Hi! Bring gloves. And water 💧. Thanksにほ");
  await keyboard.send("Input.insertText", { text: "日本" });
  for (const { page } of [helper, owner]) await untilNote(page, "> Hi! Bring gloves. And water 💧. Thanks日本");
  await helper.page.keyboard.press("Backspace");
  await helper.page.keyboard.press("Backspace");
  await owner.page.keyboard.press("Backspace");
  await owner.page.keyboard.press("Backspace");
  // Both have it before they lose each other.
  for (const { page } of [owner, helper]) await untilNote(page, "Hi! Bring gloves. And water 💧. Thanks");

  for (const each of [owner, helper]) {
    await each.goOffline();
    await untilOffline(each.page);
  }
  await field(owner.page).press("ControlOrMeta+Home");
  for (let i = 0; i < 4; i++) await owner.page.keyboard.press("ArrowRight");
  await owner.page.keyboard.type("Team, ");
  await append(helper.page, "!");
  await untilSaved(helper.page);
  await helper.page.reload();
  await untilOpen(helper.page);
  await untilNote(helper.page, "Hi! Bring gloves. And water 💧. Thanks!");
  await untilSaved(owner.page);
  for (const each of [owner, helper]) {
    await each.goOnline();
    await each.page.evaluate(() => window.wedsync.syncNow());
    await untilAllStored(each.page);
  }
  for (const { page } of [owner, helper]) await untilNote(page, "Hi! Team, Bring gloves. And water 💧. Thanks!");
});

story("what a helper wrote offline is handed back when they were made a viewer meanwhile", 180, async ({ hub, device }) => {
  const [owner, helper] = [await device("owner"), await device("helper", PHONE)];
  await owner.signIn("owner");
  await helper.signIn("helper");
  await helper.context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: helper.origin });
  const [event, shift] = await newNote(owner);
  await until(helper.page, "the shift", arrived, [event.id, shift]);
  await openShift(owner.page, event, shift);
  await append(owner.page, "Bring gloves.");
  await untilSaved(owner.page);
  const first = helper.page;
  const second = await helper.open(`/#/event/${event.id}?shift=${shift}`);
  await openShift(first, event, shift);
  for (const page of [first, second]) await untilNote(page, "Bring gloves.");

  await helper.goOffline();
  await untilOffline(first);
  await append(first, " The key is under");
  await untilNote(second, "Bring gloves. The key is under");
  await untilSaved(first);
  await append(first, " the matt");
  await untilSaved(first);
  await first.keyboard.press("Backspace");
  await first.keyboard.type(".");
  await untilNote(second, "Bring gloves. The key is under the mat.");
  await untilSaved(first);

  const admin = await Member.join(hub, hub.codes.owner);
  const user = await first.evaluate(() => window.wedsync.user);
  await admin.call("PATCH", `/v1/members/${user}`, { role: "viewer" });
  await helper.goOnline();
  await first.evaluate(() => window.wedsync.syncNow());
  for (const page of [first, second]) {
    await untilNote(page, "Bring gloves.");
    await page.getByText("Your text was not accepted").waitFor();
    assert.equal(await field(page).isEditable(), false, "a viewer reads");
  }

  await first.reload();
  await untilOpen(first);
  await untilNote(first, "Bring gloves.");
  for (const page of [first, second]) {
    await page.keyboard.press("Escape");
    const card = await openCard(page);
    assert.equal(await card.getByLabel("What you typed").innerText(), " The key is under the mat.");
  }
  const card = await openCard(first);
  await card.getByRole("button", { name: "Copy the text" }).click();
  assert.equal(await first.evaluate(() => navigator.clipboard.readText()), " The key is under the mat.");
  await card.getByRole("button", { name: "Dismiss" }).click();
  for (const page of [first, second]) {
    await until(page, "dismissed", (ws) => ws.status.get().refused === 0);
    await page.getByRole("article").waitFor({ state: "detached" });
  }

  // May they write again, the editor that was open all the time goes on, under a fresh id.
  await admin.call("PATCH", `/v1/members/${user}`, { role: "helper" });
  await until(second, "a helper again", (ws) => ws.status.get().role === "helper");
  await second.keyboard.press("Escape");
  await openShift(second, event, shift);
  await append(second, " I am back.");
  await untilNote(owner.page, "Bring gloves. I am back.");
  await untilOnline(second);
  await untilAllStored(second);
  assert.equal((await status(second)).refused, 0);
});

/** The card of the one refusal, in the outbox. */
async function openCard(page) {
  const card = page.getByRole("article");
  if (!(await card.isVisible())) await page.getByRole("button", { name: /Outbox/ }).click();
  await card.waitFor();
  return card;
}

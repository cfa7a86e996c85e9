import assert from "node:assert/strict";
import { assignments, edit, events, id, newShift, status, until, untilAllStored, untilOffline, untilOnline, untilOpen } from "./plan.mjs";
import { Member } from "./member.mjs";
import { story } from "./story.mjs";
import { yjsScript } from "./yjs.mjs";

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
  await first.getByText("Copied.").waitFor();
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

story("a note opens with no network the first time, and what is written in it is stored later", 90, async ({ device }) => {
  const helper = await device("helper", PHONE);
  await helper.signIn("helper");
  const [event] = await events(helper.page);
  const [shift] = await assignments(helper.page, event.id);
  await helper.workerReady();
  await helper.goOffline();
  await helper.page.reload();
  await untilOpen(helper.page);
  await openShift(helper.page, event, shift.id);
  await append(helper.page, "No signal here.");
  await helper.page.keyboard.press("Enter");
  await append(helper.page, "שלום 👩‍🍳👍🏽");
  await untilSaved(helper.page);
  await helper.page.reload();
  await untilOpen(helper.page);
  await untilNote(helper.page, "No signal here.\nשלום 👩‍🍳👍🏽");
  // Each line is read in the direction of its script.
  const directions = await helper.page.locator(".cm-line").evaluateAll((lines) => lines.map((line) => getComputedStyle(line).direction));
  assert.deepEqual(directions, ["ltr", "rtl"]);
  await helper.goOnline();
  await untilAllStored(helper.page);
  assert.equal((await status(helper.page)).refused, 0);
});

/** The others' cursors: whose, and behind which words of their line. One that the editor draws anew just now is in none. */
const cursors = (page) =>
  page.locator(".remote-caret").evaluateAll((carets) =>
    carets.map((caret) => {
      const line = caret.closest(".cm-line");
      if (!line) return null;
      const before = document.createRange();
      before.setStart(line, 0);
      before.setEndBefore(caret);
      return [caret.textContent, before.toString()];
    }),
  );

async function untilCursors(page, expected) {
  const limit = Date.now() + 20_000;
  let shown;
  do {
    shown = await cursors(page);
    if (JSON.stringify(shown) === JSON.stringify(expected)) return;
    await page.waitForTimeout(30);
  } while (Date.now() < limit);
  assert.deepEqual(shown, expected);
}

story("two people in a note see where the other one writes, by the name that the hub knows", 120, async ({ device }) => {
  const [owner, helper] = [await device("owner"), await device("helper", PHONE)];
  await owner.signIn("owner");
  await helper.signIn("helper");
  const [event, shift] = await newNote(owner);
  await until(helper.page, "the shift", arrived, [event.id, shift]);
  for (const { page } of [owner, helper]) await openShift(page, event, shift);
  await owner.page.getByText("Also in this note: Hanna Helper").waitFor();
  await append(owner.page, "Bring gloves");
  await untilNote(helper.page, "Bring gloves");
  await untilCursors(helper.page, [["Olivia Owner", "Bring gloves"]]);
  await append(helper.page, " and water");
  await untilCursors(owner.page, [["Hanna Helper", "Bring gloves and water"]]);
  // What is written before a cursor moves it along.
  await field(owner.page).press("ControlOrMeta+Home");
  await owner.page.keyboard.type("Hi 🔑! ");
  await untilNote(helper.page, "Hi 🔑! Bring gloves and water");
  await untilCursors(owner.page, [["Hanna Helper", "Hi 🔑! Bring gloves and water"]]);
  await untilCursors(helper.page, [["Olivia Owner", "Hi 🔑! "]]);

  // It is no part of the text: neither for screen readers, nor for what the editor reads back.
  assert.equal(await helper.page.locator(".remote-caret").getAttribute("aria-hidden"), "true");
  await append(helper.page, "!");
  await untilNote(owner.page, "Hi 🔑! Bring gloves and water!");

  // Who looks elsewhere has no cursor, and who closes the note is not in it.
  await field(helper.page).press("Tab");
  await untilCursors(owner.page, []);
  await helper.page.keyboard.press("Escape");
  await owner.page.getByText("Also in this note").waitFor({ state: "detached" });
});

story("undo in a note takes back what was typed there, and nothing of others", 90, async ({ device }) => {
  const [owner, helper] = [await device("owner"), await device("helper", PHONE)];
  await owner.signIn("owner");
  await helper.signIn("helper");
  const [event, shift] = await newNote(owner);
  await until(helper.page, "the shift", arrived, [event.id, shift]);
  for (const { page } of [owner, helper]) await openShift(page, event, shift);
  await append(owner.page, "Gloves");
  await untilNote(helper.page, "Gloves");
  // In one: what is typed with a pause in between is undone in two steps.
  await field(helper.page).press("ControlOrMeta+End");
  await helper.page.keyboard.insertText(" 🔑");
  await untilNote(owner.page, "Gloves 🔑");
  await owner.page.keyboard.press("ControlOrMeta+Home");
  await owner.page.keyboard.type("Bring ");
  await untilNote(helper.page, "Bring Gloves 🔑");
  await helper.page.keyboard.press("ControlOrMeta+z");
  for (const { page } of [owner, helper]) await untilNote(page, "Bring Gloves");
  await helper.page.keyboard.press("ControlOrMeta+z");
  await helper.page.keyboard.press("ControlOrMeta+Shift+Z");
  for (const { page } of [owner, helper]) await untilNote(page, "Bring Gloves 🔑");

  // Tab leads on, and Escape closes the shift: nobody is caught in the field.
  await field(owner.page).press("Tab");
  assert.equal(await field(owner.page).evaluate((content) => content.contains(document.activeElement)), false);
  await field(helper.page).press("Escape");
  await field(helper.page).waitFor({ state: "detached" });
});

story("a note with blocks of another editor is shown, and left as it is", 120, async ({ device }) => {
  const [owner, helper] = [await device("owner"), await device("helper", PHONE)];
  await owner.context.addInitScript(await yjsScript());
  await owner.signIn("owner");
  await helper.signIn("helper");
  const [event, shift] = await newNote(owner);
  await until(helper.page, "the shift", arrived, [event.id, shift]);
  await openShift(helper.page, event, shift);
  await field(helper.page).focus();

  /** Writes as Tiptap does, and answers all that is in the note. */
  const blocks = (words) =>
    owner.page.evaluate(async ([e, s, text]) => {
      const { XmlElement, XmlText } = window.otherY;
      const note = (window.otherNote ??= window.wedsync.event(e).notes(s, window.otherY));
      while (!note.status.get().ready) await new Promise((resolve) => setTimeout(resolve, 20));
      const root = note.doc.getXmlFragment("note");
      if (text) {
        const paragraph = new XmlElement("paragraph");
        paragraph.insert(0, [new XmlText(text)]);
        root.insert(0, [paragraph]);
        note.flush();
      }
      return root.toArray().map(String);
    }, [event.id, shift, words]);
  // It comes while the plain editor is open and has the focus.
  await blocks("To bring");
  await untilNote(helper.page, "To bring");
  await helper.page.getByText("only another editor shows").waitFor();
  assert.equal(await field(helper.page).isEditable(), false);
  const before = await blocks("First of all");
  await untilNote(helper.page, "First of all\nTo bring");
  await field(helper.page).press("Enter");
  await field(helper.page).pressSequentially("Lost?");
  await helper.page.reload();
  await untilOpen(helper.page);
  await untilNote(helper.page, "First of all\nTo bring");
  await untilAllStored(helper.page);
  assert.deepEqual(await blocks(null), before);
  assert.equal((await status(helper.page)).refused, 0);
});

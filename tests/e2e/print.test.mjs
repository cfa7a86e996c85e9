// A plan on paper: what the printer gets of the demo's festival, by day, helper and place.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/run.mjs";
import { assignments, edit, events, id, newShift, untilAllStored } from "./plan.mjs";
import { story } from "./story.mjs";

const results = join(root, "test-results");

/** The PDF of the page as the browser's print dialog makes it; how many pages it has. */
async function pdf(page, name) {
  const bytes = await page.pdf({ format: "A4", preferCSSPageSize: true });
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, `${name}.pdf`), bytes);
  return bytes.toString("latin1").match(/\/Type \/Page\b/g).length;
}

const sheets = (page) => page.getByRole("article");

story("a festival is printed by day, helper and place, with all that is on its shifts and nothing around them", 180, async ({ device }) => {
  const a = await device("a", { viewport: { width: 390, height: 844 } });
  await a.signIn("coordinator");
  const { page } = a;
  const event = (await events(page)).find((each) => each.id === "summer-festival");
  const posts = (await assignments(page, event.id)).slice(0, 40);
  const call = { zone: "America/New_York", note: "Bring the list.", preparation: 30 };
  await edit(
    page,
    newShift(event, id(), "Call abroad", call),
    ...posts.map(({ id: assignment }, i) => ({ type: "assign", event: event.id, assignment, helper: ["amira", "bence", "clara"][i % 3] })),
  );
  await untilAllStored(page);
  const shifts = await assignments(page, event.id);

  await page.goto(`${a.origin}/#/event/${event.id}?day=${event.first_day}`);
  await page.getByRole("button", { name: "More for this event" }).click();
  await page.getByRole("menuitem", { name: "Print" }).click();
  const button = page.getByRole("button", { name: "Print or save as PDF" });
  await button.waitFor();
  assert.equal(await sheets(page).count(), 1, "the day one looked at");
  await page.screenshot({ path: join(results, "print-screen.png") });
  await page.evaluate(() => (window.print = () => (window.printed = true)));
  await button.click();
  assert.equal(await page.evaluate(() => window.printed), true);

  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  assert.equal(await button.isVisible(), false);
  assert.equal(await page.getByRole("status").filter({ visible: true }).count(), 0);
  const first = await sheets(page).first().innerText();
  const own = shifts.filter((shift) => shift.start.slice(0, 10) === event.first_day);
  assert.deepEqual(own.filter((shift) => !first.includes(shift.title)), []);
  assert.match(first, /Call abroad\n?.*[\s\S]*Bring the list\./);
  assert.match(first, /America\/New York/);
  assert.equal(first.match(/America|Europe/g).length, 1, "a zone stands only where it is another");
  assert.match(first, /prepare from 09:30/);
  assert.match(first, /\d more needed/);
  assert.match(first, /Plan as of /);
  const ink = await sheets(page).first().evaluate((el) => [getComputedStyle(el).color, getComputedStyle(document.body).backgroundColor]);
  assert.deepEqual(ink, ["rgb(0, 0, 0)", "rgb(255, 255, 255)"], "black on white, in the dark too");

  const all = async (by) => {
    await page.goto(`${a.origin}/#/print/${event.id}?by=${by}`);
    await page.emulateMedia({ media: "print" });
    await sheets(page).nth(1).waitFor();
    return { count: await sheets(page).count(), pages: await pdf(page, `print-${by}`), text: await page.locator("main").innerText() };
  };
  const days = await all("day");
  assert.deepEqual(shifts.filter((shift) => !days.text.includes(shift.title)), []);
  assert.ok(days.pages >= days.count && days.pages <= days.count + 60, `${days.pages} pages for ${days.count} days`);
  const helpers = await all("helper");
  const busy = new Set(shifts.flatMap((shift) => shift.assigned.filter((x) => x.status !== "declined").map((x) => x.helper)));
  assert.equal(helpers.count, busy.size);
  assert.ok(helpers.pages >= helpers.count && helpers.pages <= 2 * helpers.count, `${helpers.pages} pages for ${helpers.count} helpers`);
  const places = await all("place");
  assert.equal(places.count, new Set(shifts.map((shift) => shift.place)).size);
  assert.ok(places.pages >= places.count, `${places.pages} pages for ${places.count} places`);
});

story("a helper prints their own shifts; others' phone numbers are not on it", 120, async ({ device }) => {
  const [a, b] = [await device("a", { viewport: { width: 390, height: 844 } }), await device("b")];
  await a.signIn("coordinator");
  await b.signIn("helper");
  const me = await b.page.evaluate(() => window.wedsync.status.get().helper);
  const event = (await events(a.page)).find((each) => each.id === "lena-jonas");
  const shift = id();
  await edit(
    a.page,
    newShift(event, shift, "Door", { helpers_max: 3 }),
    { type: "assign", event: event.id, assignment: shift, helper: me },
    { type: "assign", event: event.id, assignment: shift, helper: "amira" },
    { type: "update_contact", helper: me, set: { phone: "+44 1234 567" } },
    { type: "update_contact", helper: "amira", set: { phone: "+44 7654 321" } },
  );
  await untilAllStored(a.page);
  await b.page.goto(`${b.origin}/#/people/${me}`);
  await b.page.getByRole("link", { name: "Print" }).first().waitFor();
  await b.page.goto(`${b.origin}/#/print/${event.id}?by=helper&only=${me}`);
  const sheet = sheets(b.page);
  await sheet.getByText("+44 1234 567").waitFor();
  assert.match(await sheet.innerText(), /Asked; not answered yet/);
  assert.match(await sheet.innerText(), /Amira/);
  await b.page.goto(`${b.origin}/#/print/${event.id}?by=helper&only=amira`);
  await sheet.getByText("Door").waitFor();
  assert.doesNotMatch(await b.page.locator("main").innerText(), /7654/);
  await a.page.goto(`${a.origin}/#/print/${event.id}?by=helper&only=amira`);
  await sheets(a.page).getByText("+44 7654 321").waitFor();
});

import assert from "node:assert/strict";
import { until, untilAllStored, untilOffline } from "./plan.mjs";
import { story } from "./story.mjs";

const PHONE = { viewport: { width: 390, height: 844 } };
const go = (device, hash) => device.page.goto(`${device.origin}/${hash}`);
const press = (page, name) => page.getByRole("button", { name, exact: true }).click();
const facts = (page, helper) => page.evaluate((h) => window.wedsync.person(h).facts.get(), helper);
const section = (page, name) => page.getByRole("region", { name, exact: true });

/** In the open sheet: presses a button of it, which closes it. */
async function finish(page, name) {
  const sheet = page.getByRole("dialog");
  await sheet.getByRole("button", { name, exact: true }).click();
  await sheet.waitFor({ state: "detached" });
}

story("a helper says offline when they can work, and a coordinator sees it and approves", 180, async ({ device }) => {
  const [helper, planner] = [await device("helper", PHONE), await device("planner", PHONE)];
  await helper.signIn("helper");
  await planner.signIn("coordinator");
  const { page } = helper;
  await go(helper, "#/me");
  await helper.goOffline();
  await untilOffline(page);

  // A night, and a day off.
  await press(page, "Change Monday");
  await page.getByRole("dialog").getByLabel("From").fill("22:00");
  await page.getByRole("dialog").getByLabel("To").fill("06:00");
  await page.getByRole("dialog").getByText("Ends next day").waitFor();
  await finish(page, "Save");
  await press(page, "Change Tuesday");
  await page.getByRole("radio", { name: "Day off" }).click();
  await finish(page, "Save");
  const hours = (p) => section(p, "Working hours").getByRole("listitem");
  await hours(page).filter({ hasText: "Monday" }).getByText("22:00–06:00").waitFor();
  await hours(page).filter({ hasText: "Tuesday" }).getByText("day off").waitFor();

  // Every week, but not on its second day.
  await press(page, "Ask for time off");
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("From").fill("2027-01-06T18:00");
  await sheet.getByLabel("To").fill("2027-01-06T20:30");
  await sheet.getByRole("button", { name: /Repeats/ }).click();
  await page.getByRole("option", { name: "Every week", exact: true }).click();
  await sheet.getByLabel("Until").fill("2027-03-31");
  await sheet.getByLabel("Reason").fill("Choir");
  await finish(page, "Ask");
  await page.getByRole("button", { name: /^Change time off/ }).click();
  await page.getByRole("button", { name: /^Leave out/ }).nth(1).click();
  await finish(page, "Save");

  // Seven hours and a half a day; and what is refused says so where it was typed.
  const day = page.getByRole("group", { name: "At most in a day" });
  await day.getByRole("textbox").first().fill("7");
  await day.getByRole("textbox").last().fill("30");
  await day.getByRole("textbox").last().press("Enter");
  await day.getByText("Saved here").waitFor();
  await day.getByRole("textbox").first().fill("25");
  await day.getByRole("textbox").first().press("Enter");
  await day.getByText("This must be from 1 min to 24 h.").waitFor();
  const zone = page.getByRole("textbox", { name: "Home time zone" });
  await zone.fill("Europe/Atlantis");
  await zone.press("Enter");
  await page.getByText("Zone must be the IANA name of a time zone, like Europe/London.").waitFor();
  assert.equal(await zone.inputValue(), "Europe/Atlantis", "what was typed stays");
  await zone.fill("Europe/London");
  await zone.press("Enter");
  await until(page, "the zone is saved", (ws) => ws.person("hanna").facts.get().limits.zone === "Europe/London");
  assert.equal((await facts(page, "hanna")).limits.day_max, 450, "the refused value changed nothing");

  await helper.goOnline();
  await untilAllStored(page);
  await go(planner, "#/people");
  await planner.page.getByRole("link", { name: /Hanna.*asks for time off/ }).click();
  const night = hours(planner.page).filter({ hasText: "Monday" });
  await night.getByText("22:00–06:00").waitFor();
  await night.getByText("ends next day").waitFor();
  await hours(planner.page).filter({ hasText: "Tuesday" }).getByText("day off").waitFor();
  const choir = section(planner.page, "Time off").getByRole("listitem").filter({ hasText: "Choir" });
  await choir.getByText(/every week on Wednesday until .* 2027/).waitFor();
  await choir.getByText(/^Not on .*13/).waitFor();
  await until(planner.page, "the limit", (ws) => ws.person("hanna").facts.get()?.limits.day_max === 450);
  const limit = planner.page.getByRole("group", { name: "At most in a day" }).getByRole("textbox");
  assert.deepEqual([await limit.first().inputValue(), await limit.last().inputValue()], ["7", "30"]);
  await choir.getByRole("button", { name: "Approve" }).click();

  const own = section(page, "Time off").getByRole("listitem").filter({ hasText: "Choir" });
  await own.getByText("approved", { exact: true }).waitFor();
  const [time] = (await facts(page, "hanna")).time_off.filter((t) => t.reason === "Choir");
  assert.equal(time.repeat, `FREQ=WEEKLY;UNTIL=${time.zone === "Europe/Berlin" ? "20270331T215900Z" : "20270331T235900Z"}`);
  assert.deepEqual(time.except, ["2027-01-13T18:00"]);

  // Another day left out is a request again.
  await own.getByRole("button", { name: /^Change time off/ }).click();
  await page.getByText(/you ask anew/).waitFor();
  await page.getByRole("button", { name: /^Leave out/ }).first().click();
  await finish(page, "Save");
  await own.getByText("requested", { exact: true }).waitFor();
});

story("a coordinator sets rules for everybody, journeys, and what a helper may and likes", 120, async ({ device }) => {
  const [planner, helper] = [await device("planner", PHONE), await device("helper", PHONE)];
  await planner.signIn("coordinator");
  await helper.signIn("helper");
  const { page } = planner;
  await go(planner, "#/me");
  await page.getByRole("link", { name: "Rules for everybody" }).click();
  const law = section(page, "The law").getByRole("group", { name: "At most in a day" }).getByRole("textbox");
  await law.first().fill("9");
  await law.last().fill("15");
  await law.last().press("Enter");
  await go(helper, "#/me");
  await helper.page.getByText("For everybody: 9 h 15").waitFor();

  await go(planner, "#/places");
  await press(page, "Add a journey");
  for (const [end, place] of [["From", "Old barn"], ["To", "Jetty"]]) {
    await page.getByRole("dialog").getByRole("button", { name: new RegExp(`\\b${end}\\b`) }).click();
    await page.getByRole("option", { name: place, exact: true }).click();
  }
  await page.getByLabel("Minutes, door to door").fill("1500");
  await page.getByRole("dialog").getByRole("button", { name: "Add", exact: true }).click();
  await page.getByText("Minutes must be a whole number from 0 to 1440.").waitFor();
  await page.getByLabel("Minutes, door to door").fill("95");
  await finish(page, "Add");
  await section(page, "Journeys").getByText("1 h 35").waitFor();

  await go(planner, "#/people/kaya");
  await page.getByText("Of age").click();
  await press(page, "Change teams and roles");
  await page.getByRole("radiogroup", { name: "Service", exact: true }).getByRole("radio", { name: "Likes" }).click();
  await page.getByRole("radiogroup", { name: "Parking", exact: true }).getByRole("radio", { name: "Rather not" }).click();
  await finish(page, "Save");
  await press(page, "Change home");
  await page.getByLabel("Latitude").fill("49.96");
  await page.getByRole("dialog").getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText(/longitude.* is missing/i).waitFor();
  await page.getByLabel("Longitude").fill("7,91");
  await finish(page, "Save");
  await untilAllStored(page);
  const { limits } = await facts(page, "kaya");
  assert.deepEqual([limits.likes, limits.avoids, limits.latitude, limits.longitude], [["Service"], ["Parking"], 49.96, 7.91]);
  const plan = await page.evaluate(() => ({
    adult: window.wedsync.helpers.get().find((h) => h.id === "kaya").adult,
    rule: window.wedsync.rules.get().day_legal,
    way: window.wedsync.journeys.get().find((j) => j.from === "barn" && j.to === "jetty")?.minutes,
  }));
  assert.deepEqual(plan, { adult: true, rule: 555, way: 95 });
});

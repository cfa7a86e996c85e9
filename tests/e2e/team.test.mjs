// Who has the plan: what a coordinator sees of the team's devices, and how old a plan without a network says it is.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/run.mjs";
import { edit, events, id, newShift, untilAllStored, untilOffline } from "./plan.mjs";
import { Member } from "./member.mjs";
import { story } from "./story.mjs";

const PHONE = { viewport: { width: 390, height: 844 } };

const shot = async (page, name) => {
  mkdirSync(join(root, "test-results"), { recursive: true });
  await page.screenshot({ path: join(root, "test-results", `${name}.png`), fullPage: true });
};

story("a coordinator sees who is here, who is gone, and who holds a shift without having the plan", 120, async ({ device }) => {
  const [planner, helper] = [await device("planner", PHONE), await device("helper", PHONE)];
  await planner.signIn("coordinator");
  await helper.signIn("helper");
  const [who, name] = await helper.page.evaluate(() => {
    const { helper } = window.wedsync.status.get();
    return [helper, window.wedsync.helpers.get().find((each) => each.id === helper).name];
  });
  const event = (await events(planner.page)).find((each) => each.id === "lena-jonas");
  const shift = id();
  await edit(planner.page, newShift(event, shift, "Door", { helpers_max: 3 }), { type: "assign", event: event.id, assignment: shift, helper: who });
  await untilAllStored(planner.page);

  await planner.page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "People" }).click();
  await planner.page.getByRole("link", { name: "Who has the plan" }).click();
  const row = planner.page.getByRole("listitem").filter({ has: planner.page.getByText(name, { exact: true }) }).filter({ hasText: "Helper" });
  await row.getByText("here now").waitFor();
  await shot(planner.page, "team-here");

  await helper.goOffline();
  await untilOffline(helper.page);
  await planner.page.reload();
  await row.getByText(/^last synced \d\d:\d\d, just now$/).waitFor({ timeout: 30_000 });

  // The helper's own screen says how old it is, from a minute on.
  await helper.page.clock.install();
  await helper.page.clock.fastForward("02:00:00");
  await helper.page.getByText(/^Plan as of .*2 hours ago$/).waitFor();
  await shot(helper.page, "team-stale");

  // Somebody who has joined and never opened the plan.
  const owner = await Member.join(planner.hub, planner.hub.codes.owner);
  await Member.join(planner.hub, await owner.invite("helper", "Amira Late", "amira"));
  await edit(planner.page, { type: "assign", event: event.id, assignment: shift, helper: "amira" });
  await planner.page.reload();
  const warning = planner.page.getByRole("region", { name: event.title });
  await warning.getByText(/on a shift may not know the latest plan$/).waitFor();
  await warning.getByRole("link", { name: /never synced$/ }).waitFor();
  await shot(planner.page, "team-late");
  await planner.page.goto(`${planner.origin}/#/event/${event.id}`);
  await shot(planner.page, "team-event");
  await planner.page.getByRole("link", { name: "1 helper may not know the latest plan" }).click();
  await warning.getByRole("link", { name: /never synced$/ }).waitFor();

  await planner.goOffline();
  await planner.page.getByRole("button", { name: "Try again" }).waitFor({ timeout: 60_000 });
});

story("who may not plan sees nothing of the team's devices", 60, async ({ device }) => {
  const helper = await device("helper", PHONE);
  await helper.signIn("helper");
  await helper.page.goto(`${helper.origin}/#/team`);
  await helper.page.getByText("Coordinators see here").waitFor();
});

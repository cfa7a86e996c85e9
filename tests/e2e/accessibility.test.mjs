// Everyone can use the app: every view keeps the rules of WCAG 2.2 AA, in every colour scheme, width and role.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../scripts/run.mjs";
import { AUDIT, SPACING, axe, clipped, motion, reflow, structure, targets } from "./audit.mjs";
import { Member } from "./member.mjs";
import { edit, events, id, newShift, until, untilAllStored, untilOffline } from "./plan.mjs";
import { story } from "./story.mjs";
import { HELPER, OUTSIDE, PLANNER, ROUTES, VIEWER, furnish } from "./views.mjs";

const PHONE = { width: 390, height: 844 };
const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 320, height: 640 };

test("every screen, sheet and route of the app is among the views that are looked at", () => {
  const www = join(root, "www/src");
  const files = readdirSync(www, { recursive: true });
  const draws = files.filter((file) => file.endsWith(".tsx") && /<(Title|Sheet|Panel|ModalOverlay|ToastRegion)[\s>]/.test(readFileSync(join(www, file), "utf8")));
  const shown = [PLANNER, HELPER, VIEWER, OUTSIDE].flat().flatMap((view) => view.shows ?? []);
  assert.deepEqual([...new Set(shown)].sort(), draws.sort());
  const routes = [...readFileSync(join(www, "app.tsx"), "utf8").matchAll(/area === "(\w+)"/g)].map(([, area]) => area);
  assert.deepEqual(routes.sort(), ROUTES.toSorted());
});

/** Opens a view afresh. */
async function show(device, plan, { hash, open }) {
  const { page, origin } = device;
  await page.goto("about:blank");
  await page.setViewportSize(PHONE);
  await page.goto(`${origin}/${typeof hash === "function" ? hash(plan) : hash}`);
  await page.locator("h1").first().waitFor();
  // The heading of the app that still opens is not the view's.
  await page.locator("main[aria-busy=true]").waitFor({ state: "detached" });
  await open?.(page, plan);
}

/** What is wrong with the view on the page, in each scheme and width. */
async function faults(page) {
  const found = [];
  const note = (how, lines) => found.push(...lines.map((line) => `${how}: ${line}`));
  note("phone", await axe(page));
  note("phone", await structure(page));
  note("phone", await targets(page));
  await page.emulateMedia({ colorScheme: "dark" });
  note("dark", await axe(page, "colours"));
  await page.emulateMedia({ colorScheme: "light", forcedColors: "active" });
  note("forced colours", await axe(page, "colours"));
  await page.emulateMedia({ colorScheme: "light", forcedColors: "none", contrast: "more" });
  note("more contrast", await axe(page, "colours"));
  await page.emulateMedia({ contrast: "no-preference", reducedMotion: "reduce" });
  note("reduced motion", await motion(page));
  await page.emulateMedia({ reducedMotion: "no-preference" });
  await page.setViewportSize(NARROW);
  note("320 px", await reflow(page));
  await page.setViewportSize(WIDE);
  note("wide", await axe(page));
  // Last: it stays.
  await page.setViewportSize(PHONE);
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  await page.addStyleTag({ content: SPACING });
  note("text spacing", await clipped(page));
  note("text spacing", await reflow(page));
  return found;
}

async function look(device, plan, views) {
  const found = [];
  for (const view of views) {
    if (view.init) {
      device.page = await device.context.newPage();
      await device.page.addInitScript(view.init);
    }
    await show(device, plan, view);
    found.push(...(await faults(device.page)).map((line) => `${view.name}, ${line}`));
  }
  assert.deepEqual(found, [], `\n${found.join("\n")}\n`);
}

/** A device whose pages can be looked at. */
async function lookAs(device, name, role) {
  const made = await device(name, { viewport: PHONE });
  await made.context.addInitScript({ content: AUDIT });
  if (role) await made.signIn(role);
  else made.page = await made.context.newPage();
  return made;
}

story("an owner's views keep the rules of accessibility", 1200, async ({ hub, device }) => {
  const a = await lookAs(device, "a", "owner");
  const plan = await furnish(a.page);
  await Member.join(hub, await deviceCode(a.page));
  await look(a, plan, PLANNER);
});

story("a helper's, a viewer's and a stranger's views keep the rules of accessibility", 900, async ({ device }) => {
  const a = await device("a");
  await a.signIn("owner");
  const plan = await furnish(a.page);

  const helper = await lookAs(device, "helper", "helper");
  await refuseOne(a, helper, plan);
  await look(helper, plan, HELPER);
  await look(await lookAs(device, "viewer", "viewer"), plan, VIEWER);
  await look(await lookAs(device, "stranger"), plan, OUTSIDE);
});

/** The code of a link for a second device. */
async function deviceCode(page) {
  await page.goto(page.url().replace(/#.*/, "#/me"));
  await page.getByRole("button", { name: "Add a device" }).click();
  return (await page.getByRole("dialog").getByLabel("Link").inputValue()).split("#join=")[1];
}

/** The helper takes a last place that somebody else got before. */
async function refuseOne(planner, helper, { event }) {
  const shift = id();
  const [{ first_day }] = (await events(planner.page)).filter((e) => e.id === event);
  await edit(planner.page, newShift({ id: event, first_day }, shift, "Last place", { helpers_min: 1, helpers_max: 1 }));
  await untilAllStored(planner.page);
  await until(helper.page, "the helper has the shift", (ws, [e, s]) => ws.event(e).assignments.get().some((row) => row.id === s), [event, shift]);
  await helper.goOffline();
  await untilOffline(helper.page);
  await edit(helper.page, { type: "claim", event, assignment: shift });
  await edit(planner.page, { type: "assign", event, assignment: shift, helper: "bence" });
  await untilAllStored(planner.page);
  await helper.goOnline();
  await until(helper.page, "the claim is refused", (ws) => ws.status.get().refused === 1);
}

// The hooks with React 19 in a real browser: the example, how often components render, and that nothing tears.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import react from "@vitejs/plugin-react";
import { build } from "vite";
import { root } from "../../scripts/run.mjs";
import { events, until, untilAllStored, untilOnline } from "./plan.mjs";
import { story } from "./story.mjs";

const sites = mkdtempSync(join(tmpdir(), "wedsync-react-"));
const EXAMPLE = { www: join(sites, "example") };
const LAB = { www: join(sites, "lab") };
const ROWS = 1000;

before(async () => {
  await site("examples/react", EXAMPLE.www);
  await site("tests/e2e/react", LAB.www);
}, { timeout: 120_000 });

after(() => rmSync(sites, { recursive: true, force: true }));

/** With React's development build: only there StrictMode does what it does. */
function site(folder, outDir) {
  const common = { configFile: false, logLevel: "warn", mode: "development", plugins: [react()], base: "./" };
  const define = { "process.env.NODE_ENV": '"development"' };
  return build({ ...common, root: join(root, folder), define, build: { outDir, emptyOutDir: true, minify: false, target: "es2022", assetsInlineLimit: 0 } });
}

/** Opens a page and fails later if it complained. */
async function visit(device, path) {
  const page = await device.context.newPage();
  device.page = page;
  device.complaints = [];
  page.on("pageerror", (error) => device.complaints.push(error.message));
  page.on("console", (message) => message.type() === "error" && device.complaints.push(message.text()));
  await page.goto(`${device.origin}/${path}`);
  return page;
}

const lab = async (device, role = "coordinator") => {
  const page = await visit(device, "");
  await page.evaluate((code) => window.lab.open(code), device.hub.codes[role]);
  await untilOnline(page);
  return page;
};

const polled = async (page, what, test, argument) => {
  const limit = Date.now() + 20_000;
  while (!(await page.evaluate(test, argument))) {
    assert.ok(Date.now() < limit, what);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
};

story("the example: a helper takes a shift and writes in its note; offline it waits; what cannot stand says why", 120, async ({ device }) => {
  const a = await device("a", { viewport: { width: 390, height: 844 } });
  const page = await visit(a, `#join=${a.hub.codes.helper}`);
  await page.getByText(/^online, 0 waiting/).waitFor();
  await page.getByRole("button", { name: "Summer" }).click();
  const take = page.getByRole("button", { name: /^Take / });
  const shift = (await take.first().textContent()).slice("Take ".length);
  await take.first().click();
  await page.locator("output").filter({ hasText: "stored" }).first().waitFor();

  await page.getByRole("button", { name: shift, exact: true }).first().click();
  await page.getByLabel("Add to the note").fill("Bring gloves.");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByLabel("Text").filter({ hasText: "Bring gloves." }).waitFor();
  await page.getByText("Saved", { exact: true }).waitFor();

  const b = await device("b", { viewport: { width: 390, height: 844 } });
  const planner = await visit(b, `#join=${b.hub.codes.coordinator}`);
  await planner.getByRole("button", { name: "Summer" }).click();
  await planner.getByText("Also here: Hanna Helper").waitFor();
  await page.getByText("Also here: Carlo Coordinator").waitFor();
  await planner.getByRole("button", { name: /^Take / }).first().click();
  await planner.locator("output").filter({ hasText: "failed" }).waitFor();
  await planner.getByRole("alert").filter({ hasText: /helper/ }).waitFor();

  await a.goOffline();
  await page.getByText(/^offline/).waitFor();
  await take.first().click();
  await page.locator("output").filter({ hasText: "saved" }).first().waitFor();
  await page.getByText(/^offline, 1 waiting/).waitFor();
  await a.goOnline();
  await page.getByRole("button", { name: "Try again now" }).click({ timeout: 2_000 }).catch(() => {}); // it may be back by itself
  await page.getByText(/^online, 0 waiting/).waitFor();
  assert.deepEqual(a.complaints.filter((text) => !/ERR_|WebSocket/.test(text)), []);
}, EXAMPLE);

for (const [shape, how] of [["rows", "as rows"], ["rowsById", "by id, from a deferred list"]]) {
  story(`of ${ROWS} shifts shown ${how}, an edit renders one, and the list at most once for each change`, 180, async ({ device }) => {
    const a = await device("a");
    const page = await lab(a);
    const event = (await events(page)).find((each) => each.id === "lena-jonas");
    const lines = Array.from({ length: ROWS }, (_, i) => `Row ${i},${event.first_day}T10:00,${event.first_day}T11:00`);
    const csv = ["title,start,end", ...lines].join("\n");
    await page.evaluate(async ([id, text]) => {
      const preview = window.wedsync.event(id).previewImport(new TextEncoder().encode(text));
      await window.wedsync.do(preview.command);
    }, [event.id, csv]);
    await untilAllStored(page, 60_000);
    await page.evaluate(([id, shape]) => window.lab[shape](window.wedsync, id), [event.id, shape]);
    await polled(page, "the rows are shown", (n) => document.querySelectorAll("li").length >= n, ROWS);
    const row = await page.evaluate((id) => window.wedsync.event(id).assignments.get().find((each) => each.title === "Row 500").id, event.id);
    await page.evaluate(() => void window.lab.takeCommits());

    await page.evaluate(async ([event, assignment]) => {
      await window.wedsync.do({ type: "update_assignment", event, assignment, set: { note: "Gloves" } });
    }, [event.id, row]);
    await untilAllStored(page);
    // What the hub committed is what was shown already: nothing is drawn again for it.
    const { list, ...rows } = await page.evaluate(() => window.lab.takeCommits());
    assert.deepEqual(rows, { [row]: 1 });
    assert.ok(list <= (shape === "rows" ? 1 : 2), `the list was drawn ${list} times`);
    assert.deepEqual(a.complaints, []);
  }, LAB);
}

story("a change in the middle of a transition never shows two titles at once", 60, async ({ device }) => {
  const a = await device("a");
  const page = await visit(a, "");
  await page.evaluate(() => window.lab.slow());
  await page.getByRole("button", { name: "Show" }).click();
  await page.getByText("After").first().waitFor();
  const { torn, rendered } = await page.evaluate(() => window.lab.takeTorn());
  assert.deepEqual(rendered, ["Before", "After"], "the change came while it rendered");
  assert.deepEqual(torn, []);
  assert.deepEqual(new Set(await page.locator("[data-title]").allTextContents()), new Set(["After"]));
  assert.deepEqual(a.complaints, []);
}, LAB);

story("a page that goes while the workspace opens, one that cannot open, and two workspaces side by side", 120, async ({ device }) => {
  const a = await device("a");
  const page = await lab(a);
  const roles = () => page.locator("[data-role]").allTextContents();
  await page.evaluate(async () => {
    window.coordinator = window.wedsync;
    const opening = new Promise((resolve) => (window.opened = resolve));
    window.lab.roles(opening);
    window.opening = opening;
  });
  await page.getByText("Waiting…").waitFor();
  await page.evaluate(() => {
    window.lab.unmount();
    window.opened(window.coordinator);
  });
  assert.deepEqual(await roles(), []);
  await page.evaluate(() => window.lab.roles(window.opening));
  await page.getByText("coordinator online").waitFor();

  await page.evaluate(async (code) => {
    window.helper = await window.lab.open(code);
    window.lab.roles(window.coordinator, Promise.resolve(window.helper));
  }, a.hub.codes.helper);
  await until(page, "the second is online", (ws) => ws.status.get().connection === "online");
  await polled(page, "both are shown", () => document.querySelectorAll("[data-role]").length === 2);
  assert.deepEqual(await roles(), ["coordinator online", "helper online"]);
  await page.evaluate(() => window.helper.close());
  await page.evaluate(async () => {
    await window.coordinator.do({ type: "update_event", event: window.coordinator.events.get()[0].id, set: { title: "Still open" } });
  });
  assert.deepEqual(a.complaints, []);

  await page.evaluate(() => {
    window.lab.unmount();
    window.lab.failing(window.lab.openAt("https://another.example"));
  });
  await page.getByRole("alert").filter({ hasText: /^not_signed_in: / }).waitFor();
}, LAB);

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { assignment, assignments, edit, events, id, newShift, receiptsOf, until, untilAllStored, untilOffline, untilOpen } from "./plan.mjs";
import { story } from "./story.mjs";

const onShift = async (page, event, shift) => (await assignment(page, event, shift)).assigned;

story("a block dragged to another helper's row replaces the one by the other, in one edit", 120, async ({ device }) => {
  const [a, b] = [await device("a"), await device("b")];
  await a.signIn("coordinator");
  await b.signIn("helper");
  const event = (await events(a.page)).find((e) => e.id === "lena-jonas");
  const shift = id();
  const uuids = await edit(
    a.page,
    newShift(event, shift, "One place only"),
    { type: "assign", event: event.id, assignment: shift, helper: "amira" },
  );
  await untilAllStored(a.page);

  await a.page.goto(`${a.origin}/#/event/${event.id}?view=helper&day=${event.first_day}`);
  const block = a.page.locator(`[data-block="${shift}.amira"]`);
  await block.scrollIntoViewIfNeeded();
  const from = await block.boundingBox();
  const to = await a.page.locator('[data-row="bence"]').boundingBox();
  const x = from.x + from.width / 2;
  await a.page.mouse.move(x, from.y + from.height / 2);
  await a.page.mouse.down();
  await a.page.mouse.move(x, from.y + from.height / 2 + 10, { steps: 3 });
  await a.page.mouse.move(x, to.y + to.height / 2, { steps: 8 });
  await a.page.mouse.up();

  await a.page.locator(`[data-block="${shift}.bence"]`).waitFor();
  await untilAllStored(a.page);
  assert.deepEqual(await onShift(a.page, event.id, shift), [{ helper: "bence", status: "assigned" }]);
  const made = await a.page.evaluate(() => window.wedsync.receipts.get().map((receipt) => receipt.command.type));
  assert.equal(made.length, uuids.length + 1);
  assert.ok(made.includes("substitute"));
  const replaced = (ws, [e, s]) => ws.event(e).assignments.get().some((row) => row.id === s && row.assigned[0]?.helper === "bence");
  await until(b.page, "the other device has it", replaced, [event.id, shift]);
});

story("a receipt names whose value it replaced, without a network too", 120, async ({ device }) => {
  const [a, b] = [await device("a"), await device("b")];
  await a.signIn("coordinator");
  await b.signIn("owner");
  const [event] = await events(a.page);
  const [{ id: shift }] = await assignments(a.page, event.id);
  const rename = (title) => ({ type: "update_assignment", event: event.id, assignment: shift, set: { title } });
  await a.goOffline();
  await untilOffline(a.page);
  const uuids = await edit(a.page, rename("Bar"));
  await edit(b.page, rename("Tea"));
  await untilAllStored(b.page);
  await a.goOnline();
  await untilAllStored(a.page);
  const [receipt] = await receiptsOf(a.page, uuids);
  assert.deepEqual(receipt.replaced.map((r) => [r.field, r.value, r.by_name]), [["title", "Tea", "Olivia Owner"]]);

  await a.workerReady();
  await a.goOffline();
  await a.page.reload();
  await untilOpen(a.page);
  await a.page.getByRole("status").filter({ hasText: "Offline" }).click();
  await a.page.getByText("Replaced Olivia Owner’s title “Tea”").waitFor();
});

story("a plan is exported, corrected in the file and imported again", 120, async ({ device }) => {
  const a = await device("a", { viewport: { width: 390, height: 844 } });
  await a.signIn("coordinator");
  const event = (await events(a.page)).find((e) => e.id === "summer-festival");
  await a.page.goto(`${a.origin}/#/event/${event.id}`);
  const menu = async (item) => {
    await a.page.getByRole("button", { name: "More for this event" }).click();
    await a.page.getByRole("menuitem", { name: item }).click();
  };
  const exported = async (item) => {
    const [download] = await Promise.all([a.page.waitForEvent("download"), menu(item)]);
    return readFileSync(await download.path(), "utf8");
  };
  const json = JSON.parse(await exported("Export as JSON"));
  assert.equal(json.event.title, event.title);
  const csv = await exported("Export as CSV");
  const [head, first, ...rest] = csv.trim().split("\r\n");
  assert.equal(rest.length + 1, event.shifts);

  const title = head.split(",").indexOf("title");
  const cells = first.split(",");
  cells[title] = "Corrected in the file";
  await menu("Import shifts from CSV");
  const [chooser] = await Promise.all([a.page.waitForEvent("filechooser"), a.page.getByRole("button", { name: "Choose a file" }).click()]);
  const text = [head, cells.join(","), ...rest].join("\r\n");
  await chooser.setFiles({ name: "corrected.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
  await a.page.getByText(`0 new · 1 changed · ${event.shifts - 1} unchanged`).waitFor();
  await a.page.getByRole("button", { name: "Import 1 shift" }).click();
  await a.page.getByText("Imported and stored.").waitFor();
  const rows = await assignments(a.page, event.id);
  assert.equal(rows.length, event.shifts);
  assert.equal(rows.filter((row) => row.title === "Corrected in the file").length, 1);
});

story("an owner deletes an event: it leaves every screen, and what others had not sent is refused", 120, async ({ device }) => {
  const [a, b] = [await device("a"), await device("b")];
  await a.signIn("owner");
  await b.signIn("coordinator");
  const event = (await events(a.page)).find((e) => e.id === "lena-jonas");
  const [shift] = await assignments(b.page, event.id);
  await b.goOffline();
  await untilOffline(b.page);
  const [late] = await edit(b.page, { type: "update_assignment", event: event.id, assignment: shift.id, set: { title: "Too late" } });

  await b.page.goto(`${b.origin}/#/event/${event.id}`);
  await b.page.getByRole("button", { name: "More for this event" }).click();
  await b.page.getByRole("menuitem", { name: "Archive" }).waitFor();
  assert.equal(await b.page.getByRole("menuitem", { name: /Delete/ }).count(), 0, "owners only");

  await a.page.goto(`${a.origin}/#/event/${event.id}`);
  await a.page.getByRole("button", { name: "More for this event" }).click();
  await a.page.getByRole("menuitem", { name: /Delete for good/ }).click();
  await a.page.getByText(/shifts with who is on them/).waitFor();
  await a.page.getByRole("button", { name: "Delete for good" }).click();
  const gone = (ws, id) => ws.events.get().every((e) => e.id !== id);
  await until(a.page, "it is gone where it was deleted", gone, event.id);
  await untilAllStored(a.page);

  await b.goOnline();
  await until(b.page, "it is gone on the other device", gone, event.id);
  await until(b.page, "the late edit is refused", (ws, uuid) => ws.receipts.get().find((r) => r.uuid === uuid)?.code === "deleted", late);
});

import assert from "node:assert/strict";
import { edit, until, untilAllStored, untilOffline, untilOnline } from "./plan.mjs";
import { story } from "./story.mjs";

const PHONE = { viewport: { width: 390, height: 844 } };

const go = (device, name) => device.page.getByRole("navigation", { name: "Main" }).getByRole("link", { name }).click();

/** The code of a link for another device of the person, made as a person makes it. */
async function linkFor(device) {
  await go(device, "Me");
  await device.page.getByRole("button", { name: "Add a device" }).click();
  const link = await device.page.getByLabel("Link", { exact: true }).inputValue();
  await device.page.getByRole("button", { name: "Close" }).click();
  return link.split("#join=")[1];
}

async function revokeTheOther(device) {
  await device.page.getByRole("button", { name: /^Revoke/ }).click();
  await device.page.getByRole("dialog").getByRole("button", { name: "Revoke", exact: true }).click();
  // Until the hub has it, the other device may still come in.
  await device.page.getByText("revoked", { exact: true }).first().waitFor();
}

story("a device joins by link and is revoked; what waited on it is sent once it is signed in again", 150, async ({ device }) => {
  const [phone, tablet, planner] = [await device("phone", PHONE), await device("tablet", PHONE), await device("planner")];
  await phone.signIn("helper");
  await planner.signIn("coordinator");
  await tablet.signIn(await linkFor(phone));
  const helper = await tablet.page.evaluate(() => window.wedsync.status.get().helper);
  assert.equal(helper, await phone.page.evaluate(() => window.wedsync.status.get().helper));

  await tablet.goOffline();
  await untilOffline(tablet.page);
  await edit(tablet.page, { type: "update_contact", helper, set: { note: "Typed before it was revoked" } });
  await phone.page.reload();
  await untilOnline(phone.page);
  await revokeTheOther(phone);
  await tablet.goOnline();
  await until(tablet.page, "the revocation is noticed", (ws) => ws.status.get().connection === "signed_out");
  await tablet.page.getByRole("status").filter({ hasText: "Signed out · 1 edit saved here" }).waitFor();

  const code = await linkFor(phone);
  await tablet.page.goto(`${tablet.origin}/#join=${code}`);
  await tablet.page.getByRole("button", { name: "Use this link" }).click();
  await tablet.page.getByRole("button", { name: "Join on this device" }).click();
  await untilAllStored(tablet.page);
  const note = (ws, id) => ws.person(id).facts.get()?.note === "Typed before it was revoked";
  await until(planner.page, "the edit that waited", note, helper);

  // A device that is online is out at once.
  await phone.page.reload();
  await untilOnline(phone.page);
  await revokeTheOther(phone);
  await until(tablet.page, "the revocation is noticed", (ws) => ws.status.get().connection === "signed_out");
});

story("a helper asks for time off, and a coordinator finds and approves it", 120, async ({ device }) => {
  const [helper, planner] = [await device("helper", PHONE), await device("planner", PHONE)];
  await helper.signIn("helper");
  await planner.signIn("coordinator");
  await go(helper, "Me");
  await helper.page.getByRole("button", { name: "Ask for time off" }).click();
  await helper.page.getByLabel("Reason").fill("Dentist");
  await helper.page.getByRole("dialog").getByRole("button", { name: "Ask" }).click();

  await go(planner, "People");
  await planner.page.getByRole("link", { name: /asks for time off/ }).click();
  await planner.page.getByText("Dentist").waitFor();
  await planner.page.getByRole("button", { name: "Approve" }).click();
  await helper.page.getByText("approved", { exact: true }).waitFor();
});

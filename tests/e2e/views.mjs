// Every screen, sheet, panel and menu of the app, as the accessibility tests open them. `shows` names the files in
// www/src that draw it: a file with a screen or a sheet of its own that no view names fails the tests.
import { edit, events, id, newShift, untilAllStored } from "./plan.mjs";

const press = (name) => (page) => page.getByRole("button", { name, exact: typeof name === "string" }).first().click();
const inSheet = (page) => page.getByRole("dialog");
const menu = (item) => async (page) => {
  await press("More for this event")(page);
  await page.getByRole("menuitem", { name: item }).click();
  await inSheet(page).waitFor();
};
const steps = (...all) => async (page, plan) => {
  for (const step of all) await step(page, plan);
};
const heading = (name) => (page) => page.getByRole("heading", { name }).first().waitFor();

/** What the views need in the plan: a double booking, something archived, journeys, time off. */
export async function furnish(page) {
  const event = (await events(page)).find((e) => e.id === "lena-jonas");
  const [welcome, bar, old, oldHelper, oldPlace] = [id(), id(), id(), id(), id()];
  const at = (start, end) => ({ start: `${event.first_day}T${start}`, end: `${event.first_day}T${end}` });
  await edit(
    page,
    newShift(event, welcome, "Welcome drinks", { ...at("10:00", "12:00"), helpers_min: 2, helpers_max: 3, place: "barn" }),
    newShift(event, bar, "Early bar", { ...at("11:00", "13:00"), place: "jetty", preparation: 30, tear_down: 15 }),
    { type: "assign", event: event.id, assignment: welcome, helper: "amira" },
    { type: "assign", event: event.id, assignment: bar, helper: "amira" },
    { type: "assign", event: event.id, assignment: welcome, helper: "hanna" },
    { type: "create_event", event: old, fields: { title: "Last year", first_day: "2025-06-01", last_day: "2025-06-02", zone: event.zone } },
    { type: "archive_event", event: old, archived: true },
    { type: "add_helper", helper: oldHelper, fields: { name: "Gone away" } },
    { type: "update_helper", helper: oldHelper, set: { archived: true } },
    { type: "add_place", place: oldPlace, fields: { name: "Old mill" } },
    { type: "update_place", place: oldPlace, set: { archived: true } },
    { type: "set_travel", from: "barn", to: "jetty", minutes: 25 },
    { type: "add_time_off", helper: "amira", time_off: id(), fields: { start: "2031-03-03T08:00", end: "2031-03-03T18:00", zone: event.zone, repeat: "FREQ=WEEKLY" } },
  );
  await untilAllStored(page);
  return { event: event.id, day: event.first_day, shift: welcome };
}

const event = (query = "") => ({ event, day }) => `#/event/${event}?day=${day}${query}`;
const onShift = (...more) => ({ hash: ({ event, day, shift }) => `#/event/${event}?day=${day}&shift=${shift}`, open: steps(heading(/^Helpers/), ...more) });
/** What scrolls the sheet closes a list that popped up, also the scrolling that brings its field into view. */
const listOpen = async (page) => {
  const options = page.getByRole("option").first();
  for (let tries = 0; tries < 10 && !(await options.isVisible()); tries++) {
    await page.getByRole("combobox").press("ArrowDown");
    await options.waitFor({ timeout: 1_000 }).catch(() => {});
  }
  await options.waitFor();
};
const keysOn = async (page) => {
  await page.locator("[data-block]").last().focus();
  await page.keyboard.press("m");
  await page.getByRole("group", { name: /^Move / }).waitFor();
};

/** The first part of every route; none is the list of events. */
export const ROUTES = ["event", "people", "team", "places", "rules", "me", "print"];

/** What an owner sees. */
export const PLANNER = [
  { name: "events", hash: "#/", shows: ["screens/events.tsx"] },
  { name: "archived events", hash: "#/", open: (page) => page.getByText("Archived").click() },
  { name: "new event", hash: "#/", open: press("New event"), shows: ["screens/event-form.tsx", "parts/sheet.tsx"] },
  { name: "place list open", hash: "#/", open: steps(press("New event"), (page) => inSheet(page).getByRole("button", { name: /Place/ }).click(), (page) => page.getByRole("option").first().waitFor()) },
  { name: "refused new event", hash: "#/", open: steps(press("New event"), (page) => inSheet(page).getByLabel("Time zone").fill("Nowhere"), press("Create event"), (page) => page.locator(".field-error").first().waitFor()) },
  { name: "outbox", hash: "#/", open: (page) => page.getByRole("button", { name: /Outbox/ }).click(), shows: ["parts/outbox.tsx"] },
  { name: "update ready", hash: "#/", open: (page) => page.evaluate("window.dispatchEvent(new Event('wedsync:update-ready'))") },
  { name: "event", hash: event(), shows: ["screens/event.tsx", "parts/event-header.tsx"] },
  { name: "event filtered", hash: event(), open: (page) => page.getByRole("searchbox", { name: "Find shifts" }).fill("bar") },
  { name: "event by helper", hash: event("&view=helper") },
  { name: "event by place", hash: event("&view=place") },
  { name: "moved by keys", hash: event("&view=place"), open: keysOn },
  { name: "coverage", hash: event("&view=coverage") },
  { name: "festival by helper", hash: () => "#/event/summer-festival?view=helper" },
  { name: "event menu", hash: event(), open: steps(press("More for this event"), (page) => page.getByRole("menu").waitFor()) },
  { name: "new shift", hash: event(), open: press("New shift"), shows: ["screens/new-shift.tsx"] },
  { name: "fill", hash: event(), open: menu("Fill the gaps"), shows: ["screens/fill.tsx"] },
  { name: "fill preview", hash: event(), open: steps(menu("Fill the gaps"), press("Look for helpers"), (page) => page.getByRole("button", { name: /^Fill \d/ }).waitFor({ timeout: 60_000 }), (page) => page.locator("summary").first().click()) },
  { name: "edit event", hash: event(), open: menu("Edit the event") },
  { name: "import", hash: event(), open: steps(menu("Import shifts from CSV"), (page) => page.getByText("Or paste the rows").click(), (page) => page.getByLabel("Rows, with the header line").fill("title,start,end\nBar,2031-07-15 10:00,2031-07-15 12:00\nBad,never,2031-07-15 12:00"), press("Look at them"), heading("Preview")), shows: ["screens/import.tsx"] },
  { name: "delete event", hash: event(), open: menu(/Delete/), shows: ["screens/delete-event.tsx"] },
  { name: "shift", ...onShift(), shows: ["screens/shift-panel.tsx", "parts/panel.tsx"] },
  { name: "candidates", ...onShift(press("Who could take this?"), (page) => page.getByRole("button", { name: /^Put / }).first().waitFor()), shows: ["screens/candidates.tsx"] },
  { name: "helper picker", ...onShift(listOpen) },
  { name: "move helper", ...onShift(press(/^More for Amira/), (page) => page.getByRole("menuitem", { name: /Move to/ }).click(), heading(/^Move /)), shows: ["screens/shift-helpers.tsx"] },
  { name: "replace helper", ...onShift(press(/^More for Amira/), (page) => page.getByRole("menuitem", { name: /Replace/ }).click(), heading(/^Replace /)) },
  { name: "refused field", ...onShift((page) => page.getByLabel("Helpers, at least").fill("x"), (page) => page.getByLabel("Helpers, at least").press("Enter"), (page) => page.locator(".field-error").first().waitFor()) },
  { name: "conflicts", hash: event("&panel=conflicts"), open: steps(heading("Conflicts"), press("What could help?"), (page) => page.getByRole("list", { name: "What could help" }).waitFor()), shows: ["screens/conflicts.tsx"] },
  { name: "message with undo", hash: event("&panel=conflicts"), open: steps(heading("Conflicts"), press("What could help?"), press(/^Do it: /), (page) => page.getByRole("button", { name: "Undo", exact: true }).first().click(), (page) => page.getByText(/^Taken back: /).waitFor()), shows: ["parts/toasts.tsx"] },
  { name: "history", hash: event("&panel=history"), open: (page) => page.getByText("Welcome drinks").first().waitFor(), shows: ["screens/history.tsx"] },
  { name: "history of a shift", ...onShift((page) => page.locator("summary").filter({ hasText: "History" }).click(), (page) => page.locator(".history-entry").first().waitFor()) },
  { name: "print a day", hash: ({ event, day }) => `#/print/${event}?by=day&only=${day}`, shows: ["screens/print.tsx"] },
  { name: "print helpers", hash: ({ event }) => `#/print/${event}?by=helper` },
  { name: "unknown event", hash: () => "#/event/nothing" },
  { name: "people", hash: "#/people", open: (page) => page.getByText("Archived").click(), shows: ["screens/people.tsx"] },
  { name: "add helper", hash: "#/people", open: press("Add helper") },
  { name: "invite", hash: "#/people", open: steps(press("Invite by link"), (page) => inSheet(page).getByLabel("Name").fill("Nia New")), shows: ["screens/invite.tsx"] },
  { name: "invitation", hash: "#/people/amira", open: steps(press("Invite by link"), press("Make the link"), (page) => inSheet(page).getByLabel("Link").waitFor()) },
  { name: "member", hash: "#/people", open: steps((page) => page.getByRole("button", { name: /^Change / }).first().click(), press("Remove")), shows: ["screens/members.tsx"] },
  { name: "team", hash: "#/team", open: (page) => page.locator(".team-row").first().waitFor(), shows: ["screens/team.tsx"] },
  { name: "helper", hash: "#/people/amira", shows: ["screens/helper.tsx"] },
  { name: "working hours", hash: "#/people/amira", open: press("Change Monday"), shows: ["screens/working-hours.tsx"] },
  { name: "time off", hash: "#/people/amira", open: press(/^Change time off/), shows: ["screens/time-off-sheet.tsx"] },
  { name: "new time off", hash: "#/people/amira", open: press("Add time off") },
  { name: "wishes", hash: "#/people/amira", open: press("Change teams and roles"), shows: ["screens/limits.tsx"] },
  { name: "home", hash: "#/people/amira", open: press("Change home"), shows: ["screens/home.tsx"] },
  { name: "unknown helper", hash: "#/people/nobody" },
  { name: "places", hash: "#/places", open: (page) => page.getByText("Archived").click(), shows: ["screens/places.tsx"] },
  { name: "place", hash: "#/places", open: (page) => page.locator(".row-button").first().click() },
  { name: "new journey", hash: "#/places", open: press("Add a journey"), shows: ["screens/journeys.tsx"] },
  { name: "rules", hash: "#/rules", shows: ["screens/rules.tsx"] },
  { name: "me", hash: "#/me", shows: ["screens/me.tsx"] },
  { name: "add a device", hash: "#/me", open: steps(press("Add a device"), (page) => inSheet(page).getByLabel("Link").waitFor()), shows: ["screens/devices.tsx"] },
  { name: "revoke a device", hash: "#/me", open: press(/^Revoke /) },
  { name: "keyboard help", hash: "#/me", open: press("Keyboard"), shows: ["parts/shortcuts.tsx"] },
  { name: "sign out", hash: "#/me", open: press("Sign out"), shows: ["screens/sign-out.tsx"] },
  { name: "join while signed in", hash: "#join=SOME-CODE", shows: ["screens/join.tsx"] },
];

const calendar = (day) => `BEGIN:VCALENDAR\r\nX-WR-CALNAME:Private\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:${day}T060000Z\r\nDTEND:${day}T070000Z\r\nSUMMARY:Dentist\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`;
const readCalendar = async (page, { day }) => {
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), press("Read a calendar file")(page)]);
  await chooser.setFiles({ name: "private.ics", mimeType: "text/calendar", buffer: Buffer.from(calendar(day.replaceAll("-", ""))) });
  await page.getByRole("button", { name: "Take 1 busy time" }).waitFor();
};

export const HELPER = [
  { name: "events", hash: "#/" },
  { name: "event", hash: event() },
  { name: "event by helper", hash: event("&view=helper") },
  { name: "shift", ...onShift() },
  { name: "people", hash: "#/people" },
  { name: "helper: me", hash: "#/people/hanna" },
  { name: "helper: another", hash: "#/people/amira" },
  { name: "places", hash: "#/places" },
  { name: "rules", hash: "#/rules" },
  { name: "me", hash: "#/me" },
  { name: "calendar file", hash: "#/me", open: readCalendar, shows: ["screens/calendar-sheet.tsx"] },
  { name: "ask for time off", hash: "#/me", open: press("Ask for time off") },
  { name: "refused edits", hash: "#/", open: (page) => page.getByRole("button", { name: /Outbox/ }).click() },
];

export const VIEWER = [
  { name: "events", hash: "#/" },
  { name: "event", hash: event() },
  { name: "coverage", hash: event("&view=coverage") },
  { name: "shift", ...onShift() },
  { name: "people", hash: "#/people" },
  { name: "helper", hash: "#/people/amira" },
  { name: "me", hash: "#/me" },
];

/** With nobody signed in, or nothing that opens; `init` runs before the app. */
export const OUTSIDE = [
  { name: "signed out", hash: "#/", shows: ["screens/signed-out.tsx"] },
  { name: "no invitation", hash: "#/", open: steps((page) => page.getByLabel("Invitation link").fill("no link at all"), press("Continue"), (page) => page.locator(".field-error").waitFor()) },
  { name: "join", hash: "#join=SOME-CODE" },
  { name: "join refused", hash: "#join=SOME-CODE", open: steps(press("Join on this device"), (page) => page.getByRole("alert").waitFor()) },
  { name: "not opened", hash: "#/", init: "IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError'); }", open: heading("The plan cannot be opened"), shows: ["screens/open-failed.tsx"] },
];

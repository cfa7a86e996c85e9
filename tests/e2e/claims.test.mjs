import assert from "node:assert/strict";
import { assignment, assignments, edit, events, helpers, id, newShift, planOf, receiptsOf, status, until, untilAllStored, untilOffline } from "./plan.mjs";
import { Member } from "./member.mjs";
import { story } from "./story.mjs";

story("of two offline claims for one place the first stands and the second hears already_taken", 150, async ({ hub, device }) => {
  const [owner, a, b] = [await device("owner"), await device("a"), await device("b")];
  await owner.signIn("owner");
  await a.signIn("helper");
  const { helper: first } = await status(a.page);
  const other = (await helpers(owner.page)).find((h) => h.id !== first && !h.archived);
  const member = await Member.join(hub, hub.codes.owner);
  await b.signIn(await member.invite("helper", other.name, other.id));
  assert.equal((await status(b.page)).helper, other.id);

  const [event] = await events(owner.page);
  const shift = id();
  await edit(owner.page, newShift(event, shift, "The last place", { helpers_min: 1, helpers_max: 1 }));
  const arrived = (ws, [e, s]) => ws.event(e).assignments.get().some((row) => row.id === s);
  for (const each of [a, b]) await until(each.page, "the open shift", arrived, [event.id, shift]);

  const claims = {};
  for (const each of [a, b]) {
    await each.goOffline();
    await untilOffline(each.page);
    [claims[each.name]] = await edit(each.page, { type: "claim", event: event.id, assignment: shift });
    assert.equal((await status(each.page)).pending, 1);
  }
  await a.goOnline();
  await a.page.evaluate(() => window.wedsync.syncNow());
  await untilAllStored(a.page);
  await b.goOnline();
  await b.page.evaluate(() => window.wedsync.syncNow());
  await untilAllStored(b.page);

  const [won] = await receiptsOf(a.page, [claims.a]);
  const [lost] = await receiptsOf(b.page, [claims.b]);
  assert.equal(won.state, "stored");
  assert.deepEqual([lost.state, lost.code], ["refused", "already_taken"]);
  await b.page.getByRole("status").filter({ hasText: "1 refused" }).waitFor();

  const taken = (ws, [e, s, h]) => ws.event(e).assignments.get().find((row) => row.id === s)?.assigned.some((x) => x.helper === h);
  for (const each of [owner, a, b]) {
    await until(each.page, `the claim on ${each.name}`, taken, [event.id, shift, first]);
    const row = await assignment(each.page, event.id, shift);
    assert.deepEqual(row.assigned.map((h) => h.helper), [first], `on ${each.name}`);
  }
  const fresh = await device("fresh");
  await fresh.signIn("owner"); // what the hub has, from nothing
  const [atHub, ...plans] = await Promise.all([fresh, owner, a, b].map((each) => planOf(each.page)));
  for (const plan of plans) assert.deepEqual(plan, atHub);

  await b.page.reload();
  await until(b.page, "the refusal after a restart", (ws) => ws.status.get().refused === 1);
});

story("an event whose deletion is refused is back, with its shifts", 90, async ({ hub, device }) => {
  const a = await device("a");
  const admin = await Member.join(hub, hub.codes.owner);
  await a.signIn(await admin.invite("owner", "Second owner"));
  const [event] = await events(a.page);
  await assignments(a.page, event.id);
  await edit(a.page, newShift(event, id(), "Tea"));
  await untilAllStored(a.page);
  const before = (await assignments(a.page, event.id)).length;

  await a.goOffline();
  await untilOffline(a.page);
  await edit(a.page, { type: "delete_event", event: event.id });
  assert.deepEqual(await assignments(a.page, event.id), []);
  const user = await a.page.evaluate(() => window.wedsync.user);
  await admin.call("PATCH", `/v1/members/${user}`, { role: "coordinator" });
  await a.goOnline();
  await a.page.evaluate(() => window.wedsync.syncNow());
  await until(a.page, "the deletion is refused", (ws) => ws.status.get().refused === 1);
  await until(a.page, "all shifts are back", (ws, [e, shifts]) => ws.event(e).assignments.get().length === shifts, [event.id, before]);
});

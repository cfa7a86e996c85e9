import assert from "node:assert/strict";
import { assignment, edit, events, helpers, id, newShift, planOf, receiptsOf, status, until, untilAllStored, untilOffline } from "./plan.mjs";
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

  for (const each of [owner, a, b]) {
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

import assert from "node:assert/strict";
import { edit, events, id, newShift, receiptsOf, status, until, untilAllStored, untilOffline, untilOpen } from "./plan.mjs";
import { story } from "./story.mjs";

story("where WebSockets are blocked, HTTP carries the edits both ways", 120, async ({ device }) => {
  const [a, b] = [await device("a"), await device("b")];
  a.proxy.deny(/^\/v1\/socket/);
  await a.signIn("coordinator");
  await b.signIn("owner");
  const byHttp = (ws) => ws.status.get().connection === "online" && ws.status.get().transport === "http";
  await until(a.page, "HTTP", byHttp);
  assert.equal((await status(b.page)).transport, "websocket");

  const [event] = await events(a.page);
  const seen = (ws, [e, t]) => ws.event(e).assignments.get().some((row) => row.title === t);
  const [uuid] = await edit(a.page, newShift(event, id(), "By HTTP"));
  await untilAllStored(a.page);
  assert.equal((await receiptsOf(a.page, [uuid]))[0].state, "stored");
  await until(b.page, "the edit sent by HTTP", seen, [event.id, "By HTTP"]);
  await edit(b.page, newShift(event, id(), "By WebSocket"));
  await until(a.page, "the edit received by HTTP", seen, [event.id, "By WebSocket"]);
  await until(a.page, "HTTP still", byHttp);
});

story("the app opens offline after its first visit", 90, async ({ hub, device }) => {
  const a = await device("a");
  await a.signIn("viewer");
  await a.workerReady();
  const known = await events(a.page);
  await a.goOffline();
  await hub.stop();
  await a.page.reload();
  await untilOpen(a.page);
  await untilOffline(a.page);
  await a.page.getByRole("heading", { name: "Events", level: 1 }).waitFor();
  assert.ok(known.length >= 3);
  for (const { title } of known) await a.page.getByRole("link", { name: new RegExp(title) }).first().waitFor();
});

story("a network that swallows everything is noticed, and the edits are sent when it answers again", 150, async ({ device }) => {
  const a = await device("a");
  await a.signIn("coordinator");
  const [event] = await events(a.page);
  a.proxy.swallow();
  await edit(a.page, newShift(event, id(), "Into the void"));
  assert.equal((await status(a.page)).pending, 1);
  await until(a.page, "the silence is noticed", (ws) => ws.status.get().connection !== "online", null, 90_000);
  a.proxy.resume();
  await a.page.evaluate(() => window.wedsync.syncNow());
  await untilAllStored(a.page, 45_000);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { check } from "./check.mjs";
import { planOf } from "./plan.mjs";
import { Run } from "./run.mjs";

/** Its plan has nearly every kind of step, half-open connections and kills inside a commit among them. */
const SEED = Number(process.env.WEDSYNC_CHAOS_SEED ?? 585);

test("a short run finds nothing", { timeout: 300_000 }, async (t) => {
  const run = new Run({ seed: SEED, ms: 35_000, browsers: 2, say: (text) => t.diagnostic(text) });
  const findings = await run.all();
  t.diagnostic(run.report());
  assert.deepEqual(findings, []);
  const { saved, stored } = run.witness.counts;
  assert.ok(saved > 20 && stored > 20, "people could edit");
  assert.ok(run.hubStarts > 0 && run.players.some((player) => player.life > 1), "hub and browsers were killed");
});

test("the same seed gives the same plan", () => {
  const plan = (more) => planOf({ seed: 7, ms: 60_000, browsers: 2, ...more });
  assert.deepEqual(plan(), plan());
  assert.notDeepEqual(plan({ seed: 8 }).steps, plan().steps);
  const ofTwo = (steps) => steps.filter((step) => step.device && step.device !== "olivia");
  assert.deepEqual(ofTwo(plan({ browsers: 3 }).steps), ofTwo(plan().steps), "a third browser changes nothing for two");
});

/** A run in which one edit was stored, one refused, and a role changed. */
function good() {
  const [stored, refused] = ["0000000a-0000-7000-8000-000000000001", "0000000b-0000-7000-8000-000000000002"];
  const user = "demo-coordinator";
  const verdict = (n, uuid, outcome) => ({ client: "c1", n, user, uuid: uuid.replaceAll("-", ""), outcome: JSON.stringify(outcome), kind: "title" });
  const dump = {
    integrity: "ok",
    plan: { events: [{ id: "e", title: "Fair" }], assignments: { e: [{ id: "s", title: "Bar" }] }, people: { p: { helper: "p" } }, helpers: [], places: [] },
    notes: { "e/s": "<paragraph>Bring tape</paragraph>" },
    members: [{ user, role: "coordinator", helper: null, reads: ["roster", "event/e"] }],
    docs: [{ doc: "event/e", epoch: 1, seq: 1, snapshot_seq: 0, log_base: 0 }],
    clients: [{ client: "c1", user, last_n: 2 }],
    verdicts: [
      verdict(1, stored, { stored: { heads: [{ doc: "event/e", epoch: 1, seq: 1 }], replaced: [] } }),
      verdict(2, refused, { refused: { code: "archived", message: "…", field: null } }),
    ],
    updates: [{ doc: "event/e", seq: 1, uuid: stored.replaceAll("-", "") }],
    history: [{ id: 1, doc: "event/e", seq: 1, uuid: stored.replaceAll("-", ""), user, tbl: "assignments", row: "s", field: "title" }],
    audit: [{ id: 1, at_ms: 1, user, action: "role_set", subject: `${user} viewer` }],
  };
  const said = (uuid, state, more) => ({ device: "carlo", user, life: 1, page: 1, uuid, state, kind: "title", ...more });
  const witness = [said(stored, "saved"), said(refused, "saved"), said(stored, "stored"), said(refused, "refused", { code: "archived" })];
  const view = () => ({
    where: "carlo tab 1", device: "carlo", user, status: { role: "coordinator" },
    receipts: [{ uuid: refused, state: "refused", code: "archived" }],
    plan: { ...structuredClone(dump.plan), people: {} },
    notes: { ...dump.notes },
  });
  return { dump, witness, live: [view()], kept: [view()], roleCalls: [{ at: 1, user, role: "viewer", ok: true }], said, stored };
}

test("what a good run leaves behind is good", () => assert.deepEqual(check(good()), []));

const FAULTS = {
  "an edit that was lost": [(run) => run.witness.push(run.said("0000000c-0000-7000-8000-000000000003", "saved")), /LOST/],
  "a verdict that was taken back": [(run) => run.dump.verdicts.shift(), /LOST.*told stored/],
  "a verdict other than the one that was told": [({ dump }) => (dump.verdicts[0].outcome = dump.verdicts[1].outcome), /told stored, and the file says refused/],
  "a refusal with another code": [({ dump }) => (dump.verdicts[1].outcome = dump.verdicts[1].outcome.replace("archived", "forbidden")), /refused as archived/],
  "two verdicts on one edit": [({ dump }) => dump.verdicts.push({ ...dump.verdicts[0], client: "c2" }), /2 verdicts/],
  "a gap in the numbers": [({ dump }) => (dump.clients[0].last_n = 3), /counts to 3/],
  "a receipt that went back": [(run) => run.witness.push(run.said(run.stored, "refused", { code: "archived" })), /from stored to refused/],
  "an edit applied twice": [({ dump }) => dump.history.push({ ...dump.history[0], id: 2, seq: 2 }), /history has it as/],
  "an audit row that is there twice": [({ dump }) => dump.audit.push({ ...dump.audit[0], id: 2 }), /2 role changes/],
  "a history row of a refused edit": [({ dump }) => (dump.history[0].uuid = dump.verdicts[1].uuid), /was refused as archived/],
  "a stored edit without history": [({ dump }) => dump.history.pop(), /nothing of it/],
  "a hole in the log": [({ dump }) => (dump.updates[0].seq = 2), /not whole/],
  "a role change that was lost": [({ dump }) => dump.audit.pop(), /0 role changes/],
  "a tab that shows something else": [({ live }) => (live[0].plan.assignments.e[0].title = "Gate"), /differs from the file at \/assignments\/e\/0\/title/],
  "a note that shows something else": [({ live }) => (live[0].notes["e/s"] = ""), /differs from the file at \/notes/],
  "a store that holds something else": [({ kept }) => kept[0].plan.assignments.e.pop(), /after a restart offline/],
  "a person's facts shown to who may not read them": [({ live }) => (live[0].plan.people.p = { helper: "p" }), /\/people\/p/],
  "a refusal that a tab does not show": [({ live }) => live[0].receipts.pop(), /shows .* as nothing/],
  "a receipt that says something else at rest": [({ kept }) => (kept[0].receipts[0].code = "forbidden"), /as refused forbidden, and the file has it as refused archived/],
  "a receipt at rest that the file does not know": [(run) => run.live[0].receipts.push({ uuid: run.stored.replace("1", "f"), state: "stored" }), /unknown/],
  "a damaged file": [({ dump }) => (dump.integrity = "row 3 missing"), /damaged/],
};

for (const [name, [plant, finding]] of Object.entries(FAULTS)) {
  test(`${name} is found`, () => {
    const run = good();
    plant(run);
    const findings = check(run);
    assert.ok(findings.some((text) => finding.test(text)), JSON.stringify(findings));
  });
}

// What must hold when everything has come to rest. Pure: from what was witnessed, shown and found in the file to
// sentences about what is wrong.

const bare = (uuid) => uuid.replaceAll("-", "");
const groups = (rows, key) => {
  const all = new Map();
  for (const row of rows) all.set(key(row), [...(all.get(key(row)) ?? []), row]);
  return all;
};

/**
 * `dump` is what server/examples/dump.rs prints; `witness` what the pages said, in order; `live` and `kept` what each
 * tab showed at rest, and after a restart without the hub; `roleCalls` what the driver asked of the team.
 *
 * Where a backup was restored, what came after it is judged anew: a receipt may go back, and only the last word counts.
 */
export function check({ dump, witness, live, kept, roleCalls, restores = [] }) {
  const verdicts = verdictsOf(dump);
  const restored = restores.length > 0;
  return [
    ...(dump.integrity === "ok" ? [] : [`the database is damaged: ${dump.integrity}`]),
    ...once(dump, restored),
    ...told(verdicts, witness, restored),
    ...(restored ? [] : steady(witness)),
    ...receiptsTrue(verdicts, [...live, ...kept], restored),
    ...history(dump, verdicts),
    ...audit(dump, roleCalls, restores.at(-1) ?? 0),
    ...compareViews(dump, live),
    ...compareViews(dump, kept).map((problem) => `after a restart offline, ${problem}`),
    ...refusalsShown(verdicts, witness, [...live, ...kept]),
  ];
}

/** `{ state, code, heads }` by person and uuid. */
function verdictsOf(dump) {
  const all = new Map();
  for (const { user, uuid, kind, outcome } of dump.verdicts) {
    const { stored, refused } = JSON.parse(outcome);
    // History has the cells of structured documents: a note's content and a deleted event are not among them.
    const heads = kind === "delete_event" ? [] : stored?.heads.filter((head) => !head.doc.startsWith("notes/"));
    const verdict = stored ? { state: "stored", heads } : { state: "refused", code: refused.code };
    if (!all.has(`${user} ${uuid}`)) all.set(`${user} ${uuid}`, verdict);
  }
  return all;
}

/** One verdict an edit, and the numbers of a client without a gap. */
function once(dump, restored) {
  const problems = [];
  for (const [edit, rows] of groups(dump.verdicts, (v) => `${v.user} ${v.uuid}`)) {
    // Sent again under a new number, an edit that the backup held gets the same verdict again.
    const clones = new Set(rows.map((r) => r.client)).size === rows.length && new Set(rows.map((r) => r.outcome)).size === 1;
    if (rows.length > 1 && !(restored && clones)) problems.push(`${rows.length} verdicts on the edit ${edit}: ${rows.map((r) => `${r.client} ${r.n}`).join(", ")}`);
  }
  for (const { client, last_n } of dump.clients) {
    const numbers = dump.verdicts.filter((v) => v.client === client).map((v) => v.n).sort((a, b) => a - b);
    if (numbers.length !== last_n || numbers.some((n, i) => n !== i + 1)) {
      problems.push(`client ${client} has ${numbers.length} verdicts and counts to ${last_n}`);
    }
  }
  return problems;
}

/** What a page said is what the file says. */
function told(verdicts, witness, restored) {
  const problems = new Set();
  const refused = new Set(witness.filter((each) => each.state === "refused").map((each) => each.uuid));
  const kinds = new Map(witness.filter((each) => each.kind).map(({ uuid, kind }) => [uuid, kind]));
  for (const { user, device, uuid, state, code } of witness) {
    if (state === "dismissed") continue;
    const verdict = verdicts.get(`${user} ${bare(uuid)}`);
    const edit = `${kinds.get(uuid) ?? "the edit"} ${uuid} of ${device}`;
    // A refusal that the backup does not know stands on its device: it is not sent again.
    if (restored && (verdict || refused.has(uuid))) continue;
    if (!verdict) problems.add(`LOST: ${edit} was told ${state}, and the file knows nothing of it`);
    else if (state !== "saved" && state !== verdict.state) problems.add(`${edit} was told ${state}, and the file says ${verdict.state}`);
    else if (state === "refused" && code !== verdict.code) problems.add(`${edit} was refused as ${code}, and the file says ${verdict.code}`);
  }
  return [...problems];
}

/** Within one page a receipt moves on and never back. */
function steady(witness) {
  const problems = [];
  const known = new Map();
  for (const { device, life, page, uuid, state, promise } of witness) {
    if (state === "dismissed" || promise) continue;
    const key = `${device} ${life} ${page} ${uuid}`;
    const before = known.get(key);
    if (before && before !== "saved" && state !== before) problems.push(`${uuid} went from ${before} to ${state} in one page of ${device}`);
    known.set(key, before && state === "saved" ? before : state);
  }
  return problems;
}

/** At rest, a receipt says what the file says. */
function receiptsTrue(verdicts, views, restored) {
  return views.flatMap(({ where, user, receipts }) =>
    receipts.flatMap(({ uuid, state, code }) => {
      const verdict = verdicts.get(`${user} ${bare(uuid)}`);
      if (!verdict && restored && state === "refused") return [];
      const same = verdict?.state === state && (state !== "refused" || verdict.code === code);
      return same ? [] : [`${where} shows ${uuid} as ${state} ${code ?? ""}, and the file has it as ${verdict?.state ?? "unknown"} ${verdict?.code ?? ""}`];
    }),
  );
}

/** An edit is in the documents once, where its verdict says, and one that was refused nowhere. */
function history(dump, verdicts) {
  const problems = [];
  for (const [edit, rows] of groups(dump.history, (h) => `${h.user} ${h.uuid}`)) {
    const verdict = verdicts.get(edit);
    if (verdict?.state !== "stored") {
      problems.push(`history has ${rows.length} rows of ${edit}, which ${verdict ? `was refused as ${verdict.code}` : "has no verdict"}`);
      continue;
    }
    const heads = verdict.heads.map((head) => `${head.doc} ${head.seq}`).sort();
    const written = [...new Set(rows.map((row) => `${row.doc} ${row.seq}`))].sort();
    if (heads.join() !== written.join()) problems.push(`${edit} was stored as ${heads.join(", ")}, and history has it as ${written.join(", ")}`);
    const cells = rows.map((row) => `${row.doc} ${row.tbl} ${row.row} ${row.field}`);
    if (new Set(cells).size < cells.length) problems.push(`history has a cell of ${edit} twice`);
  }
  const inHistory = new Set(dump.history.map((h) => `${h.user} ${h.uuid}`));
  for (const [edit, verdict] of verdicts) {
    if (verdict.state === "stored" && verdict.heads.length > 0 && !inHistory.has(edit)) problems.push(`${edit} was stored, and history has nothing of it`);
  }
  for (const [key, rows] of groups(dump.updates, (u) => `${u.doc} ${u.uuid}`)) {
    if (rows.length > 1) problems.push(`the log has ${key} ${rows.length} times`);
  }
  for (const [doc, rows] of groups(dump.updates, (u) => u.doc)) {
    const { seq, log_base } = dump.docs.find((d) => d.doc === doc) ?? {};
    if (rows.some((row, i) => row.seq !== log_base + i + 1) || log_base + rows.length !== seq) {
      problems.push(`the log of ${doc} is not whole from ${log_base} to ${seq}`);
    }
  }
  return problems;
}

/** Each change of the team that was answered is there once, since the last restore; one without an answer at most once. */
function audit(dump, roleCalls, since) {
  const problems = [];
  for (const [subject, calls] of groups(roleCalls, (call) => `${call.user} ${call.role}`)) {
    const there = dump.audit.filter((row) => row.action === "role_set" && row.subject === subject).length;
    const sure = calls.filter((call) => call.ok && call.at >= since).length;
    if (there < sure || there > calls.length) {
      problems.push(`the audit has ${there} role changes "${subject}", and ${sure} to ${calls.length} were made`);
    }
  }
  const joins = dump.audit.filter((row) => row.action === "device_joined");
  for (const [device, rows] of groups(joins, (row) => row.subject)) {
    if (rows.length > 1) problems.push(`the audit has the joining of device ${device} ${rows.length} times`);
  }
  return problems;
}

/** Each tab shows what the file holds, as far as its person may read. */
export function compareViews(dump, views) {
  return views.flatMap(({ where, user, status, plan, notes }) => {
    const member = dump.members.find((m) => m.user === user);
    if (!member) return [`${where} belongs to nobody in the team`];
    const reads = (doc) => member.reads.includes(doc);
    const only = (rows, prefix) => Object.fromEntries(Object.entries(rows).filter(([id]) => reads(`${prefix}/${id}`)));
    const expected = {
      ...dump.plan,
      events: dump.plan.events.filter(({ id }) => reads(`event/${id}`)),
      assignments: only(dump.plan.assignments, "event"),
      people: only(dump.plan.people, "person"),
    };
    const role = status.role === member.role ? [] : [`${where} has the role ${status.role}, and the file says ${member.role}`];
    return [...role, ...differences(plain({ ...expected, notes: dump.notes }), plain({ ...plan, notes }), "").map((what) => `${where} differs from the file ${what}`)];
  });
}

/** A refusal stays on every tab of its device until it is dismissed. */
function refusalsShown(verdicts, witness, views) {
  const problems = new Set();
  const dismissed = new Set(witness.filter((e) => e.state === "dismissed").map((e) => e.uuid));
  const saved = groups(witness.filter((e) => e.state === "saved"), (e) => e.device);
  for (const { where, device, user, receipts } of views) {
    const shown = new Map(receipts.map((receipt) => [receipt.uuid, receipt]));
    for (const { uuid, kind } of saved.get(device) ?? []) {
      const verdict = verdicts.get(`${user} ${bare(uuid)}`);
      if (verdict?.state !== "refused" || dismissed.has(uuid)) continue;
      const receipt = shown.get(uuid);
      if (receipt?.state !== "refused" || receipt.code !== verdict.code) {
        problems.add(`${where} shows ${kind} ${uuid} as ${receipt?.state ?? "nothing"}, and the hub refused it as ${verdict.code}`);
      }
    }
  }
  return [...problems];
}

/** Without what is null or missing: the two sides spell that differently. */
function plain(value) {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== null && v !== undefined).map(([k, v]) => [k, plain(v)]));
}

const DIFFERENCES_MAX = 5;

function differences(expected, shown, path) {
  if (typeof expected !== "object" || typeof shown !== "object" || !expected || !shown) {
    return expected === shown ? [] : [`at ${path || "/"}: ${brief(shown)}, and the file says ${brief(expected)}`];
  }
  const keys = [...new Set([...Object.keys(expected), ...Object.keys(shown)])];
  return keys.flatMap((key) => differences(expected[key], shown[key], `${path}/${key}`)).slice(0, DIFFERENCES_MAX);
}

const brief = (value) => (value === undefined ? "nothing" : JSON.stringify(value).slice(0, 200));

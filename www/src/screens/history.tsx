/** Who changed what and when: of an event, a shift or a helper, by day, with the way back to each value. */
import type { EventHandle, HistoryEntry, HistoryLine } from "@wedsync/core";
import { ArrowRight, RotateCcw } from "lucide-react";
import { useMemo, useState } from "react";
import { byDay, initials, isOneThing, isTold } from "../lib/history";
import { plural } from "../lib/state";
import { ago, clockOf, longDay, nowIn } from "../lib/time";
import { Action, Choice, Empty, Mark } from "../parts/controls";
import { Panel } from "../parts/panel";
import { errorInfo, useSession, useWorkspace } from "../workspace";
import { useApply } from "./use-apply";
import { type History, type Subject, useHistory } from "./use-history";

const EVERYBODY = "everybody";
/** Lines of an entry that are there at once. */
const LINES = 3;

interface PanelProps {
  event: EventHandle;
  wide: boolean;
  onClose: () => void;
}

export function HistoryPanel({ event, wide, onClose }: PanelProps) {
  return (
    <Panel title="History" wide={wide} onClose={onClose}>
      <HistoryList event={event.id} />
    </Panel>
  );
}

/** Folded, and not read before somebody opens it. */
export function HistoryFold(subject: Subject) {
  const [open, setOpen] = useState(false);
  return (
    <details className="fold" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>History</summary>
      {open ? <HistoryList {...subject} /> : null}
    </details>
  );
}

export function HistoryList({ event, assignment, helper }: Subject) {
  const subject = useMemo(() => JSON.parse(JSON.stringify({ event, assignment, helper })) as Subject, [event, assignment, helper]);
  const [by, setBy] = useState(EVERYBODY);
  const [people, setPeople] = useState<ReadonlyMap<string, string>>(new Map());
  const history = useHistory(subject, by === EVERYBODY ? undefined : by);
  const { page } = history;
  const seen = new Map([...people, ...(page?.entries ?? []).flatMap((e) => (e.name && !people.has(e.by) ? [[e.by, e.name] as const] : []))]);
  if (seen.size > people.size) setPeople(seen);
  const options = [{ id: EVERYBODY, label: "Everybody" }, ...[...seen].map(([id, label]) => ({ id, label }))];
  return (
    <div className="stack history">
      {seen.size > 1 ? <Choice label="By" options={options} value={by} onChange={setBy} /> : null}
      <State history={history} />
      {page && page.entries.length === 0 && page.asOf !== null ? <Empty>Nothing was changed yet.</Empty> : null}
      {byDay(page?.entries ?? []).map(([day, entries]) => (
        <section key={day} aria-label={longDay(day)}>
          <h3>{longDay(day)}</h3>
          <ul className="rows">
            {entries.map((entry) => <li key={entry.uuid}><Entry entry={entry} about={assignment !== undefined} /></li>)}
          </ul>
        </section>
      ))}
      {page?.next ? <Action onPress={history.more} isDisabled={history.loading}>{history.loading ? "Reading…" : "Show more"}</Action> : null}
    </div>
  );
}

/** How much of it this is, and as of when. */
function State({ history: { page, loading, error } }: { history: History }) {
  const text = () => {
    if (error) return error;
    if (!page || (loading && page.asOf === null)) return "Reading the history…";
    if (page.source === "hub") return null;
    if (page.asOf === null) return "Offline. This was not looked at on this device before: the rest needs a network.";
    return `As of ${ago(page.asOf)}${loading ? ", looking for newer…" : ", offline"}`;
  };
  const words = text();
  return <p className={error ? "field-error" : words ? "hint" : "visually-hidden"} role="status">{words ?? "Up to date"}</p>;
}

function Entry({ entry, about }: { entry: HistoryEntry; about: boolean }) {
  const ws = useWorkspace();
  const { account } = useSession();
  const isLarge = entry.more > 0 && entry.lines.length > LINES;
  const [shown, setShown] = useState(isLarge ? 0 : LINES);
  const [whole, setWhole] = useState<HistoryEntry | null>(null);
  const [error, setError] = useState<string | null>(null);
  const { lines, more } = whole ?? entry;
  const one = about || isOneThing(lines);
  const told = isTold(entry);
  const stored = entry.state === "stored";
  const showAll = async () => {
    setShown(lines.length);
    if (more === 0) return;
    try {
      const { entries } = await ws.history({ edit: entry.uuid });
      setWhole(entries[0] ?? null);
      setShown(entries[0]?.lines.length ?? lines.length);
      setError(null);
    } catch (failure) {
      setError(errorInfo(failure).message);
    }
  };
  const rest = Math.max(0, lines.length - shown) + more;
  return (
    <article className="history-entry">
      <span className="initials" aria-hidden>{initials(entry.by === ws.user ? account.name : (entry.name ?? ""))}</span>
      <div className="history-body">
        <p>{entry.title}</p>
        <p className="hint num">
          <time dateTime={new Date(entry.at).toISOString()}>{clockOf(nowIn(undefined, new Date(entry.at)))}</time>
          {entry.device ? ` · ${entry.device}` : ""}
        </p>
        {stored ? null : <Mark tone="warn">Saved here, not yet at the hub</Mark>}
        {told || shown === 0 ? null : (
          <ul className="history-lines">
            {lines.slice(0, shown).map((line, i) => <li key={i}><Values line={line} isAlone={one} />{stored ? <Restore line={line} /> : null}</li>)}
          </ul>
        )}
        {told && stored && lines[0] ? <Restore line={lines[0]} /> : null}
        {error ? <p className="field-error" role="alert">{error}</p> : null}
        {rest > 0 ? <Action kind="quiet" onPress={() => void showAll()}>{`Show ${plural(rest, shown === 0 ? "change" : "more change")}`}</Action> : null}
      </div>
    </article>
  );
}

/** What it was, and what it became. */
function Values({ line: { label, about, before, after }, isAlone }: { line: HistoryLine; isAlone: boolean }) {
  return (
    <>
      <span className="history-label">{isAlone || about === "" ? label : `${about}: ${label}`}</span>
      <span className="history-change">
        <span className={before === null ? "history-none" : "history-before"}><span className="visually-hidden">before: </span>{before ?? "nothing"}</span>
        <ArrowRight aria-hidden size={16} />
        <span className={after === null ? "history-none" : ""}><span className="visually-hidden">after: </span>{after ?? "nothing"}</span>
      </span>
    </>
  );
}

function Restore({ line: { label, before, restore } }: { line: HistoryLine }) {
  const apply = useApply();
  const value = `${label}, ${before ?? "nothing"}`;
  if (!restore) return null;
  return (
    <Action kind="quiet" icon={<RotateCcw aria-hidden size={16} />} label={`Restore this value: ${value}`} onPress={() => void apply(restore, `Restored: ${value}.`)}>
      Restore this value
    </Action>
  );
}

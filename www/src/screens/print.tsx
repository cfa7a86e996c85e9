/** A plan for paper, or for a PDF of the browser: by day, helper or place, all of them or one. */
import type { Assignment, EventSummary } from "@wedsync/core";
import { ArrowLeft, Printer } from "lucide-react";
import { useEffect, useMemo } from "react";
import { type PrintBy, type PrintGroup, freeWords, onIt, printGroups } from "../lib/print";
import { STATUS_WORDS, plural } from "../lib/state";
import { civil, clockOf, dateOf, dayRange, longDay, minutes, nowIn, shortDay, span } from "../lib/time";
import { Action, Choice, Empty, type Option } from "../parts/controls";
import { href, replaceQuery } from "../router";
import { type Names, useAssignments, useMay, useNames, usePerson, useStatus, useStore, useWorkspace } from "../workspace";

const KINDS: readonly Option<PrintBy>[] = [
  { id: "day", label: "By day" },
  { id: "helper", label: "By helper" },
  { id: "place", label: "By place" },
];
const ALL = "all";
const EACH = { day: "All days", helper: "All helpers, a page each", place: "All places, a page each" } as const;

export function PrintScreen({ id, query }: { id: string; query: URLSearchParams }) {
  const summary = useStore(useWorkspace().event(id).summary);
  const shifts = useAssignments(id);
  const names = useNames();
  const by = KINDS.find((kind) => kind.id === query.get("by"))?.id ?? "day";
  const groups = useMemo(() => printGroups(by, shifts, names), [by, shifts, names]);
  const only = groups.find((group) => group.id === query.get("only"));
  const title = summary ? [summary.title, only?.title].filter(Boolean).join(" · ") : "Print";
  useEffect(() => {
    // The name of the PDF.
    document.title = title;
  }, [title]);
  if (!summary) return <main className="page"><p>This event is not known on this device.</p><a href={href([])}>All events</a></main>;
  const options = [{ id: ALL, label: EACH[by] }, ...groups.map((group) => ({ id: group.id, label: by === "day" ? shortDay(group.id) : group.title }))];
  const shown = only ? [only] : groups;
  return (
    <div className="print">
      <header className="print-bar">
        <h1 className="visually-hidden" tabIndex={-1}>Print {summary.title}</h1>
        <a className="back" href={href(["event", id])}><ArrowLeft aria-hidden size={20} /> {summary.title}</a>
        <div className="print-choices">
          <Choice label="Pages" options={KINDS} value={by} onChange={(kind) => replaceQuery({ by: kind, only: null })} />
          <Choice label="Which" options={options} value={only?.id ?? ALL} onChange={(to) => replaceQuery({ only: to === ALL ? null : to })} />
          <Action kind="main" icon={<Printer aria-hidden size={18} />} onPress={() => window.print()}>Print or save as PDF</Action>
        </div>
      </header>
      <main>
        {shown.length === 0 ? <Empty>There is nothing to print: no shift is {by === "helper" ? "given to anybody" : "planned"} yet.</Empty> : null}
        {shown.map((group) => <Sheet key={group.id} by={by} group={group} event={summary} names={names} />)}
      </main>
    </div>
  );
}

interface SheetProps {
  by: PrintBy;
  group: PrintGroup;
  event: EventSummary;
  names: Names;
}

/** A table, since browsers print its head again on each page. */
function Sheet({ by, group, event, names }: SheetProps) {
  return (
    <article className="sheet-of-paper" aria-label={group.title}>
      <table>
        <colgroup><col className="print-time" /><col /><col className="print-who" /></colgroup>
        <thead>
          <tr>
            <th colSpan={3} className="print-title">
              <strong>{group.title}</strong>
              <span>{event.title}, {dayRange(event.first_day, event.last_day)}{event.place ? `, ${names.place(event.place)}` : ""}</span>
              {by === "helper" ? <Contact helper={group.id} /> : null}
            </th>
          </tr>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Shift</th>
            <th scope="col">{by === "helper" ? "With" : "Who"}</th>
          </tr>
        </thead>
        {group.days.map(({ day, shifts }) => (
          <tbody key={day}>
            {by === "day" ? null : <tr className="print-day"><th colSpan={3} scope="rowgroup">{longDay(day)}</th></tr>}
            {shifts.map((shift) => <Row key={shift.id} by={by} group={group} shift={shift} day={day} event={event} names={names} />)}
          </tbody>
        ))}
        <tfoot><tr><td colSpan={3}><AsOf /></td></tr></tfoot>
      </table>
    </article>
  );
}

interface RowProps extends SheetProps {
  shift: Assignment;
  day: string;
}

function Row({ by, group, shift, day, event, names }: RowProps) {
  const who = onIt(shift).filter((x) => by !== "helper" || x.helper !== group.id);
  const own = by === "helper" ? shift.assigned.find((x) => x.helper === group.id) : undefined;
  const free = by === "helper" ? "" : freeWords(shift);
  const facts = [by === "place" ? "" : names.place(shift.place), shift.team, shift.role].filter((fact) => fact && fact !== shift.title);
  const around = aroundWords(shift);
  return (
    <tr className={shift.status === "cancelled" ? "print-cancelled" : undefined}>
      <td className="num">
        <b>{dateOf(shift.start) < day ? `${shortDay(dateOf(shift.start))} ${span(shift.start, shift.end)}` : span(shift.start, shift.end)}</b>
        {shift.zone !== event.zone ? <small>{shift.zone.replaceAll("_", " ")}</small> : null}
        {around ? <small>{around}</small> : null}
      </td>
      <td>
        <b>{shift.title}</b>
        {shift.status === "cancelled" ? <small>Cancelled</small> : null}
        {shift.tentative && shift.status !== "cancelled" ? <small>Not certain yet</small> : null}
        {own && own.status === "assigned" ? <small>Asked; not answered yet</small> : null}
        {facts.length > 0 ? <small>{facts.join(" · ")}</small> : null}
        {shift.note ? <small className="print-note">{shift.note}</small> : null}
      </td>
      <td>
        {who.map((x, i) => (
          <span key={x.helper}>
            {names.helper(x.helper)}{x.status === "accepted" ? "" : ` (${STATUS_WORDS[x.status]})`}{i < who.length - 1 ? ", " : ""}
          </span>
        ))}
        {free ? <small className="print-free">{free}</small> : null}
      </td>
    </tr>
  );
}

/** When one has to be there, where that is not at the start. */
function aroundWords({ start, end, preparation, tear_down }: Assignment): string {
  const before = preparation > 0 ? `prepare from ${clockOf(civil(minutes(start) - preparation))}` : "";
  const after = tear_down > 0 ? `clear up until ${clockOf(civil(minutes(end) + tear_down))}` : "";
  return [before, after].filter(Boolean).join(", ");
}

/** Nothing where the reader may not see it. */
function Contact({ helper }: { helper: string }) {
  const person = usePerson(helper);
  const may = useMay();
  if (!person || !(may.plan || may.helper === helper)) return null;
  return <span>{[person.phone, person.email].filter(Boolean).join(" · ")}</span>;
}

/** Paper does not change any more: how old it is must stand on it. */
function AsOf() {
  const { syncedAt, pending, connection } = useStatus();
  const time = (at: number) => {
    const civilTime = nowIn(undefined, new Date(at));
    return `${shortDay(dateOf(civilTime))} ${clockOf(civilTime)}`;
  };
  const at = connection === "online" || syncedAt === null ? Date.now() : syncedAt;
  return (
    <>
      Plan as of {time(at)}. What changes later is in the app.
      {pending > 0 ? ` With ${plural(pending, "edit")} that nobody else has yet.` : ""}
    </>
  );
}

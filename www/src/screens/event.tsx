/** One event: its day as a list, by helper or by place, with the sheet of the chosen shift. */
import type { Assignment } from "@wedsync/core";
import { useCallback, useDeferredValue, useMemo, useState } from "react";
import { Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { NO_FILTER, isFiltering, matcher } from "../lib/filter";
import { plural, staffing } from "../lib/state";
import { days as daysBetween, dateOf, nowIn } from "../lib/time";
import { touches } from "../lib/timeline";
import { DayPicker } from "../parts/day-picker";
import { EventHeader } from "../parts/event-header";
import { ShowPresence } from "../parts/presence";
import { FilterBar } from "../parts/filter-bar";
import { Title } from "../parts/shell";
import { useMinute, useWide } from "../parts/use-media";
import { go, href, replaceQuery } from "../router";
import { useMay, useNames, useStore, useWorkspace } from "../workspace";
import { ConflictsPanel } from "./conflicts";
import { Coverage } from "./coverage";
import { EventList } from "./event-list";
import { HistoryPanel } from "./history";
import { ShiftPanel } from "./shift-panel";
import { Timeline } from "./timeline";
import { useKeepHistory } from "./use-history";

type View = "list" | "helper" | "place" | "coverage";

interface Props {
  id: string;
  query: URLSearchParams;
}

export function EventScreen(props: Props) {
  const event = useWorkspace().event(props.id);
  return <ShowPresence event={event} shift={props.query.get("shift")}><EventPlan {...props} /></ShowPresence>;
}

function EventPlan({ id, query }: Props) {
  const event = useWorkspace().event(id);
  const summary = useStore(event.summary);
  const assignments = useStore(event.assignments);
  const names = useNames();
  const { helper: me } = useMay();
  const wide = useWide();
  useMinute();
  useKeepHistory(id);
  const [filter, setFilter] = useState(NO_FILTER);
  const [moving, setMoving] = useState<string | null>(null);
  const deferred = useDeferredValue(filter);

  const view = (query.get("view") ?? "list") as View;
  const chosen = query.get("shift");
  const panel = chosen ? null : query.get("panel");
  const now = nowIn(summary?.zone);
  const days = useMemo(() => eventDays(summary?.first_day, summary?.last_day, assignments), [summary?.first_day, summary?.last_day, assignments]);
  const shiftDay = chosen ? assignments.find((a) => a.id === chosen)?.start.slice(0, 10) : undefined;
  const day = pickDay(days, query.get("day") ?? shiftDay ?? null, dateOf(now));

  const matching = useMemo(() => assignments.filter(matcher(deferred, names, me)), [assignments, deferred, names, me]);
  const ofDay = useMemo(() => matching.filter((a) => touches(day, a.start, a.end)), [matching, day]);
  const dayOf = useMemo(() => new Map(assignments.map((a) => [a.id, dateOf(a.start)])), [assignments]);
  const openByDay = useMemo(() => countOpen(assignments), [assignments]);

  const open = useCallback(
    (shift: string | null) => {
      if (shift && !chosen) go(href(["event", id], { ...Object.fromEntries(query), day: dayOf.get(shift) ?? day, shift }));
      else replaceQuery({ shift });
    },
    [chosen, day, dayOf, id, query],
  );
  const startMove = (shift: string) => {
    // The shift as a whole is moved by place: by helper its block in the open lane has no time to change.
    replaceQuery({ shift: null, panel: null, view: "place", day: shiftDay ?? day });
    setMoving(shift);
  };

  if (!summary) {
    return (
      <div className="page stack">
        <Title>Event</Title>
        <p>This event is not known on this device. It may have been deleted, or it has not been fetched yet.</p>
        <a className="back" href={href([])}>All events</a>
      </div>
    );
  }

  const elsewhere = matching.length - ofDay.length;
  return (
    <div className={(chosen || panel) && wide ? "event with-panel" : "event"}>
      <div className="event-main">
        <EventHeader event={event} summary={summary} query={query} day={day} onOpen={open} />
        <DayPicker days={days} day={day} today={dateOf(now)} open={openByDay} onChange={(to) => replaceQuery({ day: to })} />
        <Tabs className="views" selectedKey={view} onSelectionChange={(key) => replaceQuery({ view: key === "list" ? null : String(key), day })}>
          <div className="views-bar">
            <TabList className="tabs" aria-label="View">
              <Tab id="list" className="tab">List</Tab>
              <Tab id="helper" className="tab">By helper</Tab>
              <Tab id="place" className="tab">By place</Tab>
              <Tab id="coverage" className="tab">Coverage</Tab>
            </TabList>
            <FilterBar filter={filter} onChange={setFilter} canBeMine={me !== null} />
          </div>
          {isFiltering(deferred) ? (
            <p className="hint found" role="status">
              {plural(ofDay.length, "shift")} on this day{elsewhere > 0 ? `, ${elsewhere} on other days` : ""}
            </p>
          ) : null}
          <TabPanel id="list"><EventList event={event} shifts={ofDay} day={day} chosen={chosen} onOpen={open} total={assignments.length} /></TabPanel>
          {(["helper", "place"] as const).map((kind) => (
            <TabPanel key={kind} id={kind}>
              <Timeline event={event} kind={kind} shifts={ofDay} day={day} now={now} chosen={chosen} onOpen={open} moving={moving} onMoving={setMoving} />
            </TabPanel>
          ))}
          <TabPanel id="coverage"><Coverage event={event} shifts={ofDay} day={day} onOpen={open} /></TabPanel>
        </Tabs>
      </div>
      {panel === "conflicts" ? <ConflictsPanel event={event} wide={wide} onClose={() => replaceQuery({ panel: null })} onOpen={open} /> : null}
      {panel === "history" ? <HistoryPanel event={event} wide={wide} onClose={() => replaceQuery({ panel: null })} /> : null}
      <ShiftPanel event={event} id={chosen} onClose={() => open(null)} onMove={startMove} onOpen={open} wide={wide} />
    </div>
  );
}

/** The event's days, and any other that a shift starts on. */
function eventDays(first: string | undefined, last: string | undefined, assignments: readonly Assignment[]): string[] {
  const all = new Set(first && last ? daysBetween(first, last) : []);
  for (const a of assignments) all.add(dateOf(a.start));
  return [...all].sort();
}

function pickDay(days: string[], wanted: string | null, today: string): string {
  if (wanted && days.includes(wanted)) return wanted;
  return days.includes(today) ? today : (days[0] ?? today);
}

function countOpen(assignments: readonly Assignment[]): Map<string, number> {
  const open = new Map<string, number>();
  for (const a of assignments) {
    if (staffing(a) !== "short") continue;
    const day = dateOf(a.start);
    open.set(day, (open.get(day) ?? 0) + a.helpers_min - a.taken);
  }
  return open;
}

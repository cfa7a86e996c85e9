/** All events: today's first, then those to come, then those past; the archived ones folded away. */
import type { EventSummary } from "@wedsync/core";
import { Plus } from "lucide-react";
import { useState } from "react";
import { plural } from "../lib/state";
import { dayRange, today } from "../lib/time";
import { Action, Empty, Mark } from "../parts/controls";
import { Title } from "../parts/shell";
import { href } from "../router";
import { useEvents, useMay, useStatus } from "../workspace";
import { EventForm } from "./event-form";

export function EventsScreen() {
  const events = useEvents();
  const may = useMay();
  const [adding, setAdding] = useState(false);
  const groups = groupEvents(events, today());
  return (
    <div className="page stack">
      <Title extra={may.plan ? <div className="thumb"><Action kind="main" icon={<Plus aria-hidden size={18} />} onPress={() => setAdding(true)}>New event</Action></div> : null}>
        Events
      </Title>
      {events.length === 0 ? <NoEvents canMake={may.plan} /> : null}
      <EventGroup title="Today" events={groups.today} isToday />
      <EventGroup title="Coming" events={groups.coming} />
      <EventGroup title="Past" events={groups.past} />
      {groups.archived.length > 0 ? (
        <details className="fold">
          <summary>Archived <span className="count">{groups.archived.length}</span></summary>
          <EventRows events={groups.archived} />
        </details>
      ) : null}
      {adding ? <EventForm onClose={() => setAdding(false)} /> : null}
    </div>
  );
}

/** An empty list is only called empty once the plan was fetched. */
function NoEvents({ canMake }: { canMake: boolean }) {
  const { syncedAt, connection } = useStatus();
  if (syncedAt === null) {
    return <Empty>{connection === "offline" ? "The plan was not fetched yet. Open the app once with a network." : "Fetching the plan…"}</Empty>;
  }
  return <Empty>{canMake ? "No event yet. Make the first one, then add shifts or import them from a file." : "No event yet. A coordinator makes them."}</Empty>;
}

export function groupEvents(events: readonly EventSummary[], day: string) {
  const live = events.filter((e) => !e.archived);
  return {
    today: live.filter((e) => e.first_day <= day && day <= e.last_day),
    coming: live.filter((e) => e.first_day > day),
    past: live.filter((e) => e.last_day < day).toReversed(),
    archived: events.filter((e) => e.archived),
  };
}

function EventGroup({ title, events, isToday }: { title: string; events: EventSummary[]; isToday?: boolean }) {
  if (events.length === 0) return null;
  return (
    <section aria-label={title} className={isToday ? "group group-today" : "group"}>
      <h2>{title}</h2>
      <EventRows events={events} />
    </section>
  );
}

function EventRows({ events }: { events: EventSummary[] }) {
  return (
    <ul className="rows">
      {events.map((event) => (
        <li key={event.id}>
          <a className="row event-row" href={href(["event", event.id])}>
            <span className="grow">
              <strong>{event.title}</strong>
              <small className="num">{dayRange(event.first_day, event.last_day)} · {plural(event.shifts, "shift")}</small>
            </span>
            <OpenPlaces event={event} />
          </a>
        </li>
      ))}
    </ul>
  );
}

function OpenPlaces({ event }: { event: EventSummary }) {
  if (event.shifts === 0) return <span className="row-end"><Mark tone="plain">No shifts yet</Mark></span>;
  if (event.open_places === 0) return <span className="row-end"><Mark tone="good">Staffed</Mark></span>;
  return (
    <span className="row-end figure">
      <b className="num">{event.open_places}</b>
      <Mark tone="warn">{event.open_places === 1 ? "open place" : "open places"}</Mark>
    </span>
  );
}

/** The shifts of one helper over all events that are not archived. */
import type { Assignment, EventSummary } from "@wedsync/core";
import { useMemo } from "react";
import { STATUS_WORDS } from "../lib/state";
import { dateOf, shortDay, span } from "../lib/time";
import { Mark } from "../parts/controls";
import { href } from "../router";
import { useAssignments, useEvents, useNames } from "../workspace";

export function HelperShifts({ helper }: { helper: string }) {
  const events = useEvents().filter((e) => !e.archived);
  return (
    <section aria-labelledby="shifts">
      <h2 id="shifts">Shifts</h2>
      <p className="empty unless-rows">No shifts yet.</p>
      {events.map((event) => <EventShifts key={event.id} summary={event} helper={helper} />)}
    </section>
  );
}

function EventShifts({ summary, helper }: { summary: EventSummary; helper: string }) {
  const assignments = useAssignments(summary.id);
  const names = useNames();
  const own = useMemo(() => assignments.filter((a) => a.assigned.some((x) => x.helper === helper)), [assignments, helper]);
  if (own.length === 0) return null;
  return (
    <>
      <h3>
        {summary.title} <span className="count">{own.length}</span>{" "}
        <a className="print-link" href={href(["print", summary.id], { by: "helper", only: helper })}>Print</a>
      </h3>
      <ul className="rows">
        {own.map((a) => (
          <li key={a.id}>
            <a className="row" href={href(["event", summary.id], { day: dateOf(a.start), shift: a.id })}>
              <span className="grow">
                <strong>{a.title}</strong>
                <small className="num">{shortDay(dateOf(a.start))} {span(a.start, a.end)}{a.place ? ` · ${names.place(a.place)}` : ""}</small>
              </span>
              <OwnStatus shift={a} helper={helper} />
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}

function OwnStatus({ shift, helper }: { shift: Assignment; helper: string }) {
  const status = shift.assigned.find((x) => x.helper === helper)?.status ?? "assigned";
  if (shift.status === "cancelled") return <Mark tone="bad">Cancelled</Mark>;
  return <Mark tone={status === "declined" ? "bad" : status === "assigned" ? "warn" : "good"}>{STATUS_WORDS[status]}</Mark>;
}

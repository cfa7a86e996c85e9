/** Said on an event that is near: somebody on a shift may not know its latest plan. Nothing while there is no network. */
import type { EventHandle, EventSummary } from "@wedsync/core";
import { useMemo } from "react";
import { plural } from "../lib/state";
import { isNear, unready } from "../lib/team";
import { today } from "../lib/time";
import { Mark } from "../parts/controls";
import { href } from "../router";
import { useMay, useStore } from "../workspace";
import { useTeamState } from "./use-team";

export function Readiness({ event, summary }: { event: EventHandle; summary: EventSummary }) {
  return useMay().plan && isNear(summary, today()) ? <Late event={event} /> : null;
}

function Late({ event }: { event: EventHandle }) {
  const { value } = useTeamState();
  const shifts = useStore(event.assignments);
  const late = useMemo(() => (value ? unready(shifts, value, today()).filter((each) => each.words !== null).length : 0), [value, shifts]);
  if (late === 0) return null;
  return <p><a className="conflict-counts" href={href(["team"])}><Mark tone="warn">{plural(late, "helper")} may not know the latest plan</Mark></a></p>;
}

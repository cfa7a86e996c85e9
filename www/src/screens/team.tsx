/** Who has the plan: each member's devices, and who holds shifts soon without having seen what is planned. */
import type { EventSummary, MemberState, TeamState } from "@wedsync/core";
import { ArrowLeft } from "lucide-react";
import { useEffect } from "react";
import { ROLE_WORDS, plural } from "../lib/state";
import { deviceWords, isNear, unready } from "../lib/team";
import { dayRange, today } from "../lib/time";
import { Action, Empty, Mark } from "../parts/controls";
import { Title } from "../parts/shell";
import { href } from "../router";
import { useAssignments, useEvents, useMay, useNames, useStatus, useWorkspace } from "../workspace";
import { useTeamState } from "./use-team";

const AGAIN_MS = 20_000;

export function TeamScreen() {
  const may = useMay();
  return (
    <div className="page stack">
      <a className="back" href={href(["people"])}><ArrowLeft aria-hidden size={20} /> People</a>
      <Title>Who has the plan</Title>
      {may.plan ? <Team /> : <p>Coordinators see here whose devices have the plan.</p>}
    </div>
  );
}

function Team() {
  const { value, error, reload } = useTeamState();
  const { connection } = useStatus();
  const events = useEvents().filter((event) => isNear(event, today()));
  useEffect(() => {
    if (connection === "online") void reload();
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") void reload();
    }, AGAIN_MS);
    return () => clearInterval(timer);
  }, [connection, reload]);
  return (
    <>
      <p className="hint">A device has the plan as it was when it last synced. Edits that wait on a device are not counted here: nobody knows of them yet.</p>
      {error ? <p className="card">{error} <Action kind="quiet" onPress={() => void reload()}>Try again</Action></p> : null}
      {value ? events.map((event) => <Readiness key={event.id} event={event} state={value} />) : null}
      {value ? <Members state={value} /> : null}
    </>
  );
}

/** Who comes to an event without knowing the latest plan. */
function Readiness({ event, state }: { event: EventSummary; state: TeamState }) {
  const shifts = useAssignments(event.id);
  const names = useNames();
  const all = unready(shifts, state, today());
  const late = all.filter((each) => each.words !== null);
  const without = all.filter((each) => each.words === null);
  if (shifts.length === 0) return null;
  return (
    <section className="stack readiness" aria-label={event.title}>
      <h2>{event.title}</h2>
      <p className="hint num">{dayRange(event.first_day, event.last_day)}</p>
      {late.length === 0 ? <p><Mark tone="good">All on a shift who have an account synced within a day</Mark></p> : null}
      {late.length > 0 ? (
        <>
          <p><Mark tone="warn">{plural(late.length, "helper")} on a shift may not know the latest plan</Mark></p>
          <ul className="rows">
            {late.map(({ helper, words }) => (
              <li key={helper}>
                <a className="row" href={href(["people", helper])}>
                  <span className="grow"><strong>{names.helper(helper)}</strong></span>
                  <small className="row-end">{words}</small>
                </a>
              </li>
            ))}
          </ul>
        </>
      ) : null}
      {without.length > 0 ? (
        <details className="fold">
          <summary>{plural(without.length, "helper")} on a shift without an account: tell them, or give them their plan on paper</summary>
          <ul className="rows">
            {without.map(({ helper }) => (
              <li key={helper}>
                <a className="row" href={href(["print", event.id], { by: "helper", only: helper })}>
                  <span className="grow">{names.helper(helper)}</span><small className="row-end">print</small>
                </a>
              </li>
            ))}
          </ul>
        </details>
      ) : null}
    </section>
  );
}

function Members({ state }: { state: TeamState }) {
  const here = state.members.filter((m) => m.here).length;
  return (
    <section aria-labelledby="members">
      <h2 id="members">Members <span className="count">{here} of {state.members.length} here now</span></h2>
      {state.members.length === 0 ? <Empty>Nobody yet.</Empty> : null}
      <ul className="rows">
        {state.members.toSorted((a, b) => a.name.localeCompare(b.name)).map((m) => <MemberRow key={m.user} member={m} now={state.now} />)}
      </ul>
    </section>
  );
}

function MemberRow({ member, now }: { member: MemberState; now: number }) {
  const { user } = useWorkspace();
  const byToken = member.here && member.devices.every((device) => !device.here);
  return (
    <li className="row team-row">
      <span className="grow">
        <strong>{member.name}</strong>{member.user === user ? <span className="count">you</span> : null}
        <small>{ROLE_WORDS[member.role]}</small>
      </span>
      <ul className="team-devices">
        {byToken ? <li><Mark tone="good">here now</Mark></li> : null}
        {member.devices.map((device, i) => {
          const { tone, text } = deviceWords(device, now);
          return <li key={i}><small>{device.name}</small> <Mark tone={tone}>{text}</Mark></li>;
        })}
        {member.devices.length === 0 && !member.here ? <li><Mark tone="warn">never synced</Mark></li> : null}
      </ul>
    </li>
  );
}

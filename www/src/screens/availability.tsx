/** When, how much and where a helper can be planned: by themself under Me, and by coordinators on the helper's page. */
import type { Limits } from "@wedsync/core";
import { useMay, usePerson } from "../workspace";
import { CalendarsSection } from "./calendars";
import { HomeSection } from "./home";
import { LimitsSection, Wishes } from "./limits";
import { TimeOffSection } from "./time-off";
import { WorkingHours } from "./working-hours";

/** Of somebody of whom nothing is written yet. */
const NONE: Limits = {
  zone: null, latitude: null, longitude: null, travel_mode: null, day_max: null, week_max: null, week_target: null, rolling_max: null,
  rest: null, days_in_row: null, likes: [], avoids: [],
};

export function Availability({ helper }: { helper: string }) {
  const may = useMay();
  const person = usePerson(helper);
  const limits = person?.limits ?? NONE;
  return (
    <>
      <WorkingHours helper={helper} hours={person?.hours ?? []} />
      <TimeOffSection helper={helper} timeOff={person?.time_off ?? []} canDecide={may.plan} />
      <CalendarsSection helper={helper} calendars={person?.calendars ?? []} />
      <LimitsSection helper={helper} limits={limits} />
      <Wishes helper={helper} limits={limits} />
      <HomeSection helper={helper} limits={limits} />
    </>
  );
}

/** How long one needs between places, where somebody said so. */
import { type Journey } from "@wedsync/core";
import { Plus } from "lucide-react";
import { useState } from "react";
import { asMinutes } from "../lib/availability";
import { length } from "../lib/time";
import { Action, Field } from "../parts/controls";
import { PlaceChoice } from "../parts/place-choice";
import { Sheet } from "../parts/sheet";
import { errorInfo, useNames, useStore, useWorkspace, watch } from "../workspace";

export function Journeys({ canChange }: { canChange: boolean }) {
  const journeys = useStore(useWorkspace().journeys);
  const names = useNames();
  const [chosen, setChosen] = useState<Journey | "new" | null>(null);
  const ways = journeys.map((j) => ({ ...j, words: `${names.place(j.from)} – ${names.place(j.to)}` }));
  if (!canChange && ways.length === 0) return null;
  return (
    <section aria-labelledby="journeys">
      <h2 id="journeys">Journeys</h2>
      <p className="hint">All others are estimated from where the places are. A time counts both ways, unless the way back has its own.</p>
      <ul className="rows">
        {ways.toSorted((a, b) => a.words.localeCompare(b.words)).map((way) => (
          <li key={`${way.from} ${way.to}`} className="row">
            <span className="grow">{way.words}</span>
            <span className="num">{length(way.minutes)}</span>
            {canChange ? <Action label={`Change ${way.words}`} onPress={() => setChosen(way)}>Change</Action> : null}
          </li>
        ))}
      </ul>
      {canChange ? <Action icon={<Plus aria-hidden size={18} />} onPress={() => setChosen("new")}>Add a journey</Action> : null}
      {chosen ? <JourneySheet journey={chosen === "new" ? null : chosen} onClose={() => setChosen(null)} /> : null}
    </section>
  );
}

function JourneySheet({ journey, onClose }: { journey: Journey | null; onClose: () => void }) {
  const ws = useWorkspace();
  const names = useNames();
  const [from, setFrom] = useState(journey?.from ?? null);
  const [to, setTo] = useState(journey?.to ?? null);
  const [minutes, setMinutes] = useState(journey ? `${journey.minutes}` : "");
  const [error, setError] = useState<{ message: string; field?: string | null } | null>(null);
  const at = (field: string) => (error?.field === field ? error.message : null);
  const save = async (time: number | null) => {
    if (!from) return setError({ field: "from", message: "Choose a place." });
    if (!to) return setError({ field: "to", message: "Choose a place." });
    try {
      watch(await ws.do({ type: "set_travel", from, to, minutes: time }));
      onClose();
    } catch (failure) {
      setError(errorInfo(failure));
    }
  };
  const submit = () => {
    const time = asMinutes("", minutes);
    if (time === null || Number.isNaN(time)) return setError({ field: "minutes", message: "Whole minutes, such as 25." });
    void save(time);
  };
  return (
    <Sheet
      title={journey ? `${names.place(journey.from)} – ${names.place(journey.to)}` : "Add a journey"} isOpen onClose={onClose}
      foot={
        <>
          {journey ? <Action onPress={() => void save(null)}>Estimate again</Action> : null}
          <Action kind="main" onPress={submit}>{journey ? "Save" : "Add"}</Action>
        </>
      }
    >
      <div className="stack">
        {journey ? null : (
          <>
            <PlaceChoice label="From" value={from} none="Choose a place" onChange={setFrom} error={at("from")} />
            <PlaceChoice label="To" value={to} none="Choose a place" onChange={setTo} error={at("to")} />
          </>
        )}
        <Field label="Minutes, door to door" inputMode="numeric" value={minutes} onChange={setMinutes} error={at("minutes")} onEnter={submit} />
        {error && !at(error.field ?? "") ? <p className="field-error" role="alert">{error.message}</p> : null}
      </div>
    </Sheet>
  );
}

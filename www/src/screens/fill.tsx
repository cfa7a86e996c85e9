/** Filling the gaps of an event: what may count, the search with a way to stop it, a preview, and one command. */
import type { EventHandle, EventSummary, FillPlan, FillProgress } from "@wedsync/core";
import { useEffect, useRef, useState } from "react";
import { Label, ProgressBar } from "react-aria-components";
import { plural } from "../lib/state";
import { Action } from "../parts/controls";
import { Check } from "../parts/check";
import { Sheet } from "../parts/sheet";
import { errorInfo } from "../workspace";
import { FillPreview } from "./fill-preview";
import { useApply } from "./use-apply";

interface Props {
  event: EventHandle;
  summary: EventSummary;
  onClose: () => void;
}

type State =
  | { step: "ask" }
  | { step: "search"; progress: FillProgress | null }
  | { step: "plan"; plan: FillPlan };

export function FillSheet({ event, summary, onClose }: Props) {
  const [state, setState] = useState<State>({ step: "ask" });
  const [error, setError] = useState<string | null>(null);
  const [askUnknown, setAskUnknown] = useState(true);
  const [acceptMedium, setAcceptMedium] = useState(false);
  const search = useRef<AbortController | null>(null);
  const apply = useApply();
  // Closing the sheet stops the search.
  useEffect(() => () => search.current?.abort(), []);

  const start = async () => {
    const controller = new AbortController();
    search.current = controller;
    setError(null);
    setState({ step: "search", progress: null });
    try {
      const plan = await event.fillGaps({
        ask_unknown: askUnknown,
        accept_medium: acceptMedium,
        signal: controller.signal,
        onProgress: (progress) => setState({ step: "search", progress }),
      });
      setState({ step: "plan", plan });
    } catch (failure) {
      if (controller.signal.aborted) return;
      setState({ step: "ask" });
      setError(errorInfo(failure).message);
    }
  };
  const cancel = () => {
    search.current?.abort();
    setState({ step: "ask" });
  };
  const take = async (plan: FillPlan) => {
    if (plan.command && (await apply(plan.command, `${plural(plan.assign.length, "place")} filled.`))) onClose();
  };

  return (
    <Sheet title="Fill the gaps" isOpen onClose={onClose} foot={footOf(state, { start: () => void start(), cancel, take: (plan) => void take(plan), again: () => setState({ step: "ask" }) })}>
      <div className="stack">
        {error ? <p className="field-error" role="alert">{error}</p> : null}
        {state.step === "ask" ? (
          <>
            <p>{plural(summary.open_places, "open place")}. Helpers are looked for who have time, the skills, and no shift that cannot be joined with it. Nothing changes before you have seen the result.</p>
            <Check isSelected={askUnknown} onChange={setAskUnknown}>Also ask helpers who said nothing of their time</Check>
            <Check isSelected={acceptMedium} onChange={setAcceptMedium}>Also where it makes a problem, such as too little rest</Check>
          </>
        ) : null}
        {state.step === "search" ? <Searching progress={state.progress} /> : null}
        {state.step === "plan" ? <FillPreview event={event} plan={state.plan} /> : null}
      </div>
    </Sheet>
  );
}

interface Actions {
  start: () => void;
  cancel: () => void;
  take: (plan: FillPlan) => void;
  again: () => void;
}

function footOf(state: State, act: Actions) {
  switch (state.step) {
    case "ask": return <Action kind="main" onPress={act.start}>Look for helpers</Action>;
    case "search": return <Action onPress={act.cancel}>Stop</Action>;
    case "plan": return (
      <>
        <Action onPress={act.again}>Back</Action>
        <Action kind="main" isDisabled={state.plan.assign.length === 0} onPress={() => act.take(state.plan)}>Fill {plural(state.plan.assign.length, "place")}</Action>
      </>
    );
  }
}

function Searching({ progress }: { progress: FillProgress | null }) {
  return (
    <ProgressBar className="progress" value={progress ? (progress.done / Math.max(1, progress.total)) * 100 : 0}>
      {({ percentage }) => (
        <>
          <Label>Looking for helpers</Label>
          <span className="num">{progress ? `${progress.placed} of ${progress.places} places` : ""}</span>
          <span className="progress-track"><span style={{ width: `${percentage ?? 0}%` }} /></span>
        </>
      )}
    </ProgressBar>
  );
}

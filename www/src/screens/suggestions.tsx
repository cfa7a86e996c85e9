/** What could help with a conflict: each suggestion in a sentence, what gets better, and one tap to do it. */
import type { Conflict, Suggestion } from "@wedsync/core";
import { useMemo, useState } from "react";
import { scoreWords } from "../lib/conflicts";
import { Action } from "../parts/controls";
import { errorInfo, useMay, useWorkspace } from "../workspace";
import { useApply } from "./use-apply";

export function Suggestions({ conflict }: { conflict: Conflict }) {
  const [isOpen, setOpen] = useState(false);
  const { plan } = useMay();
  if (!plan) return null;
  if (!isOpen) return <div><Action onPress={() => setOpen(true)}>What could help?</Action></div>;
  return <SuggestionList conflict={conflict} />;
}

function SuggestionList({ conflict }: { conflict: Conflict }) {
  const ws = useWorkspace();
  const apply = useApply();
  const [isBusy, setBusy] = useState(false);
  // `conflict` is another object once anything about it changed.
  const { found, error } = useMemo(() => {
    try {
      return { found: ws.suggestions(conflict), error: null };
    } catch (failure) {
      return { found: [], error: errorInfo(failure).message };
    }
  }, [ws, conflict]);
  const run = async ({ command, text }: Suggestion) => {
    if (!command || isBusy) return;
    setBusy(true);
    await apply(command, `Done. ${text}`);
    setBusy(false);
  };
  if (error) return <p className="field-error">{error}</p>;
  if (found.length === 0) return <p className="hint">Nothing found that makes it better. Look at the shifts themselves.</p>;
  return (
    <ul className="suggestions" aria-label="What could help">
      {found.map((one, i) => (
        <li key={i} className="suggestion">
          <span>
            <span>{one.text}</span>
            {one.command ? <small className="num">{scoreWords(one.before, one.after)}</small> : null}
            {one.new[0] ? <small>New: {one.new[0].text}</small> : null}
            {one.ask ? <small>Ask first.</small> : null}
          </span>
          {one.command ? <Action label={`Do it: ${one.text}`} isDisabled={isBusy} onPress={() => void run(one)}>Do it</Action> : null}
        </li>
      ))}
    </ul>
  );
}

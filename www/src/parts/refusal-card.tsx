/** One cause of refusal: what was refused, why, and what can be done now. */
import { Copy, ExternalLink, RotateCcw } from "lucide-react";
import { useState } from "react";
import { copy } from "../device";
import { type RefusalGroup, asText, assignmentOf, retryable, whatNow } from "../lib/refusals";
import { href } from "../router";
import { useDo, useWorkspace } from "../workspace";
import { Action, Mark } from "./controls";
import { notify } from "./toasts";

export function RefusalCard({ group, onLeave }: { group: RefusalGroup; onLeave: () => void }) {
  const ws = useWorkspace();
  const act = useDo();
  const [busy, setBusy] = useState(false);
  const [first] = group.items;
  if (!first) return null;
  const shift = assignmentOf(first.command);

  const tryAgain = async () => {
    setBusy(true);
    const again: string[] = [];
    // Oldest first, as they were made; each may depend on the one before.
    for (const receipt of group.items.toReversed()) {
      if (!(await act(receipt.command))) break;
      again.push(receipt.uuid);
    }
    await ws.dismiss(again);
    setBusy(false);
  };

  return (
    <article className="card card-bad">
      <h4>{group.items.length === 1 ? first.title : `${group.items.length} edits refused for the same reason`}</h4>
      <p><Mark tone="bad">{first.message ?? "The hub refused it."}</Mark></p>
      {group.items.length > 1 ? (
        <details>
          <summary>Show the {group.items.length} edits</summary>
          <ul>{group.items.map((receipt) => <li key={receipt.uuid}>{receipt.title}. {receipt.message}</li>)}</ul>
        </details>
      ) : null}
      <p className="hint">{whatNow(group.code, first.command.type)}</p>
      <div className="actions">
        {first.event && shift ? (
          <a className="action action-plain" href={href(["event", first.event], { shift })} onClick={onLeave}>
            <ExternalLink aria-hidden size={16} /> Open the shift
          </a>
        ) : null}
        {retryable(group.code) ? (
          <Action icon={<RotateCcw aria-hidden size={16} />} isDisabled={busy} onPress={() => void tryAgain()}>Try again</Action>
        ) : null}
        <Action
          icon={<Copy aria-hidden size={16} />}
          onPress={() => {
            void copy(group.items.map(asText).join("\n\n")).then((done) =>
              notify(done ? { tone: "calm", text: "Copied." } : { tone: "bad", text: "This browser does not let us copy; export the edits instead." }),
            );
          }}
        >
          Copy the text
        </Action>
        <Action onPress={() => void ws.dismiss(group.items.map((r) => r.uuid))}>Dismiss</Action>
      </div>
    </article>
  );
}

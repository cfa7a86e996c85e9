/** One cause of refusal: what was refused, why, and what can be done now. */
import type { RefusalGroup } from "@wedsync/core";
import { Copy, ExternalLink, RotateCcw } from "lucide-react";
import { useState } from "react";
import { copy } from "../device";
import { assignmentOf, copyText, retryable, whatNow } from "../lib/refusals";
import { href } from "../router";
import { sentence, useDo, useWorkspace } from "../workspace";
import { Action, Mark } from "./controls";
import { notify } from "./toasts";

export function RefusalCard({ group, onLeave }: { group: RefusalGroup; onLeave: () => void }) {
  const ws = useWorkspace();
  const act = useDo();
  const [busy, setBusy] = useState(false);
  const { receipts, text } = group;
  const [first] = receipts;
  if (!first) return null;
  const shift = assignmentOf(first.command);

  const tryAgain = async () => {
    setBusy(true);
    const again: string[] = [];
    // As they were made; each may depend on the one before.
    for (const receipt of receipts) {
      if (!(await act(receipt.command))) break;
      again.push(receipt.uuid);
    }
    await ws.dismiss(again);
    setBusy(false);
  };

  return (
    <article className="card card-bad">
      {text !== null ? <h4>{first.title} {receipts.length > 1 ? <span className="count">{receipts.length} edits</span> : null}</h4>
        : <h4>{receipts.length === 1 ? first.title : `${receipts.length} edits refused for the same reason`}</h4>}
      <p><Mark tone="bad">{sentence(group.message ?? "The hub refused it.")}</Mark></p>
      {text ? <blockquote className="typed" tabIndex={0} aria-label="What you typed">{text}</blockquote> : null}
      {text === null && receipts.length > 1 ? (
        <details>
          <summary>Show the {receipts.length} edits</summary>
          <ul>{receipts.map((receipt) => <li key={receipt.uuid}>{receipt.title}. {receipt.message}</li>)}</ul>
        </details>
      ) : null}
      <p className="hint">{whatNow(group.code, first.command.type)}</p>
      <div className="actions">
        {first.event && shift ? (
          <a className="action action-plain" href={href(["event", first.event], { shift })} onClick={onLeave}>
            <ExternalLink aria-hidden size={16} /> Open the shift
          </a>
        ) : null}
        {retryable(group.code, first.command.type) ? (
          <Action icon={<RotateCcw aria-hidden size={16} />} isDisabled={busy} onPress={() => void tryAgain()}>Try again</Action>
        ) : null}
        <Action
          icon={<Copy aria-hidden size={16} />}
          onPress={() => {
            void copy(copyText(group)).then((done) =>
              notify(done ? { tone: "calm", text: "Copied." } : { tone: "bad", text: "This browser does not let us copy; export the edits instead." }),
            );
          }}
        >
          Copy the text
        </Action>
        <Action onPress={() => void ws.dismiss(receipts.map((r) => r.uuid))}>Dismiss</Action>
      </div>
    </article>
  );
}

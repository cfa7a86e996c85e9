/** Each edit of this device with its receipt: refused ones first, then what waits, then what is stored. */
import type { ReceiptInfo } from "@wedsync/core";
import { Download, RefreshCw } from "lucide-react";
import { useState } from "react";
import { download } from "../device";
import { foldNotes, replacedWords } from "../lib/receipts";
import { statusLine } from "../lib/status";
import { keptWords } from "../lib/undo";
import { ago } from "../lib/time";
import { errorInfo, useNames, useStore, useWorkspace } from "../workspace";
import { Action, Empty, Mark } from "./controls";
import { RefusalCard } from "./refusal-card";
import { Sheet } from "./sheet";
import { notify } from "./toasts";

const SHOWN = 50;

export function Outbox({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Sheet title="Outbox" isOpen={isOpen} onClose={onClose} foot={<OutboxActions />}>
      <OutboxContent onLeave={onClose} />
    </Sheet>
  );
}

function OutboxActions() {
  const ws = useWorkspace();
  const { pending, refused, connection } = useStore(ws.status);
  return (
    <>
      <Action icon={<RefreshCw aria-hidden size={18} />} onPress={() => ws.syncNow()} isDisabled={connection === "online" && pending === 0}>
        Try now
      </Action>
      <Action
        icon={<Download aria-hidden size={18} />}
        isDisabled={pending + refused === 0}
        onPress={() => void exportWaiting(() => ws.exportWaiting())}
      >
        Export edits
      </Action>
    </>
  );
}

/** Waiting edits can always be taken away as a file. */
export async function exportWaiting(read: () => Promise<string>): Promise<boolean> {
  try {
    download(`wedsync-edits-${new Date().toISOString().slice(0, 16).replace(":", "")}.json`, await read(), "application/json");
    return true;
  } catch (error) {
    notify({ tone: "bad", text: `The edits could not be exported: ${errorInfo(error).message}` });
    return false;
  }
}

function OutboxContent({ onLeave }: { onLeave: () => void }) {
  const ws = useWorkspace();
  const receipts = useStore(ws.receipts);
  const status = useStore(ws.status);
  const line = statusLine(status);
  const waiting = receipts.filter((r) => r.state === "saved");
  const stored = receipts.filter((r) => r.state === "stored");
  const groups = useStore(ws.refusals);
  return (
    <div className="stack">
      <p>
        {line.detail}
        {status.network === "other_tab" ? " Another tab of this browser, or its background worker, holds the connection." : ""}
        {status.connection !== "online" && status.syncedAt ? ` Last up to date ${ago(status.syncedAt)}.` : ""}
      </p>
      {groups.length > 0 ? (
        <section className="stack" aria-labelledby="outbox-refused">
          <h3 id="outbox-refused">Refused</h3>
          {groups.map((group) => <RefusalCard key={group.key} group={group} onLeave={onLeave} />)}
        </section>
      ) : null}
      <Receipts title="Waiting" receipts={waiting} empty="Nothing waits to be sent." state="Saved here" />
      <Receipts title="Stored" receipts={stored} empty="Edits you make are listed here." state="Stored" />
    </div>
  );
}

function Receipts(props: { title: string; receipts: ReceiptInfo[]; empty: string; state: string }) {
  const ws = useWorkspace();
  const names = useNames();
  const [all, setAll] = useState(false);
  const rows = foldNotes(props.receipts);
  const shown = all ? rows : rows.slice(0, SHOWN);
  const id = `outbox-${props.title.toLowerCase()}`;
  return (
    <section aria-labelledby={id}>
      <h3 id={id}>{props.title} <span className="count">{props.receipts.length}</span></h3>
      {shown.length === 0 ? <Empty>{props.empty}</Empty> : null}
      <ul className="rows">
        {shown.map(({ receipt, times }) => (
          <li key={receipt.uuid} className="row receipt">
            <span className="grow">
              {receipt.title}{times > 1 ? <span className="count"> {times} edits</span> : null}
              {receipt.replaced.map((r) => (
                <small key={`${r.row}.${r.field}`} className="replaced">{replacedWords(r, ws.user, receipt.command)}</small>
              ))}
              {receipt.kept.length > 0 ? <small className="replaced">{keptWords(receipt.kept, ws.user, names.helper)}</small> : null}
            </span>
            <span className="row-end">
              <Mark tone={receipt.state === "stored" ? "good" : "plain"}>{props.state}</Mark>
              <small className="num">{ago(receipt.madeAt)}</small>
            </span>
          </li>
        ))}
      </ul>
      {shown.length < rows.length ? (
        <Action kind="quiet" onPress={() => setAll(true)}>Show all {props.receipts.length}</Action>
      ) : null}
    </section>
  );
}

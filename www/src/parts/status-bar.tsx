/** The line that always tells the truth; a tap opens the outbox. */
import { ChevronUp, RefreshCw } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "react-aria-components";
import { staleness, statusLine } from "../lib/status";
import { UPDATE_READY, applyUpdate, updateIsReady } from "../register";
import { useStatus } from "../workspace";
import { Mark } from "./controls";
import { Live } from "./live";
import { Outbox } from "./outbox";
import { useMinute } from "./use-media";

const TONES = { calm: "good", waiting: "plain", warn: "warn", bad: "bad" } as const;

export function StatusBar() {
  const status = useStatus();
  const line = statusLine(status);
  useMinute();
  const stale = staleness(status, Date.now());
  const [open, setOpen] = useState(false);
  return (
    <div className={`status status-${line.tone}`}>
      <Button className="status-button" onPress={() => setOpen(true)}>
        <span>
          <span role="status" aria-live="off">
            <Mark tone={TONES[line.tone]}>{line.text}</Mark>
          </span>
          {stale ? <small className="status-age num">{stale}</small> : null}
        </span>
        <span className="status-more">Outbox <ChevronUp aria-hidden size={16} /></span>
      </Button>
      <Live text={line.text} />
      <UpdateButton />
      <Outbox isOpen={open} onClose={() => setOpen(false)} />
    </div>
  );
}

export function UpdateButton() {
  const [ready, setReady] = useState(updateIsReady);
  useEffect(() => {
    const listener = () => setReady(true);
    window.addEventListener(UPDATE_READY, listener);
    return () => window.removeEventListener(UPDATE_READY, listener);
  }, []);
  return (
    <span role="status" className="update">
      {ready ? (
        <Button className="action action-main" onPress={applyUpdate}>
          <RefreshCw aria-hidden size={16} /> A new version is ready: reload
        </Button>
      ) : null}
    </span>
  );
}

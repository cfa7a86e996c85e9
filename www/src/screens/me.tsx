/** When I can be planned; my devices; what this browser can and cannot do; signing out. */
import { LogOut } from "lucide-react";
import { useEffect, useState } from "react";
import { ROLE_WORDS, plural } from "../lib/state";
import { waitingDetail } from "../lib/status";
import { Action } from "../parts/controls";
import { ShortcutsSheet } from "../parts/shortcuts";
import { Title } from "../parts/shell";
import { notify } from "../parts/toasts";
import { href } from "../router";
import { useMay, useSession, useStatus, useWorkspace } from "../workspace";
import { Availability } from "./availability";
import { Devices } from "./devices";
import { SignOutDialog } from "./sign-out";

export function MeScreen() {
  const ws = useWorkspace();
  const { account, reload } = useSession();
  const status = useStatus();
  const may = useMay();
  const [leaving, setLeaving] = useState(false);
  const [asksKeys, setAsksKeys] = useState(false);
  return (
    <div className="page stack">
      <Title>Me</Title>
      <dl className="facts">
        <div><dt>Name</dt><dd>{account.name}</dd></div>
        <div><dt>Role</dt><dd>{ROLE_WORDS[status.role]}</dd></div>
        <div><dt>Team</dt><dd>{account.orgName}</dd></div>
        <div><dt>Hub</dt><dd>{account.hub}</dd></div>
      </dl>
      <div className="actions">
        {status.helper ? <a className="action action-plain" href={href(["people", status.helper])}>My contact and shifts</a> : null}
        {may.plan ? <a className="action action-plain" href={href(["rules"])}>Rules for everybody</a> : null}
      </div>
      {may.acting ? <Availability helper={may.acting} /> : null}
      <Devices />
      <section className="stack" aria-labelledby="browser">
        <h2 id="browser">This browser</h2>
        <p>
          {status.pending > 0
            ? waitingDetail(status)
            : status.backgroundSync === "available"
              ? "This browser can send waiting edits in the background, after the app was closed."
              : "This browser cannot send in the background. Edits made without a network are sent when you open the app again."}
        </p>
        <StorageTruth failing={status.storage?.message ?? null} />
        <p className="hint">{status.connection === "online" && status.transport ? `Connected by ${status.transport === "websocket" ? "WebSocket" : "HTTP"}${status.network === "other_tab" ? ", in another tab" : ""}.` : "Not connected."}</p>
        <div className="actions"><Action onPress={() => setAsksKeys(true)}>Keyboard</Action></div>
      </section>
      <section aria-labelledby="leave" className="stack">
        <h2 id="leave">Sign out</h2>
        {status.pending > 0 ? <p>{plural(status.pending, "edit")} on this device {status.pending === 1 ? "is" : "are"} not stored yet; you choose what happens to {status.pending === 1 ? "it" : "them"}.</p> : null}
        <div className="actions"><Action kind="danger" icon={<LogOut aria-hidden size={18} />} onPress={() => setLeaving(true)}>Sign out</Action></div>
      </section>
      {asksKeys ? <ShortcutsSheet onClose={() => setAsksKeys(false)} /> : null}
      <SignOutDialog ws={ws} account={account} isOpen={leaving} onClose={() => setLeaving(false)} onDone={reload} />
    </div>
  );
}

/** Whether the browser may throw the plan away, and how full it is, in words. */
function StorageTruth({ failing }: { failing: string | null }) {
  const [persisted, setPersisted] = useState<boolean | null>(null);
  const [used, setUsed] = useState<number | null>(null);
  useEffect(() => {
    navigator.storage?.persisted?.().then(setPersisted, () => undefined);
    navigator.storage?.estimate?.().then((e) => setUsed(e.usage ?? null), () => undefined);
  }, []);
  const ask = () => {
    navigator.storage?.persist?.().then((kept) => {
      setPersisted(kept);
      if (!kept) notify({ tone: "bad", text: "The browser did not agree. It may after more visits, or once the app is installed." });
    }, () => undefined);
  };
  if (failing) return <p className="field-error" role="alert">Storage fails: {failing}</p>;
  return (
    <>
      <p>
        {persisted ? "The plan is kept on this device until you sign out." : "The browser may delete the plan on this device when space runs short, or after weeks without a visit, and with it edits that still wait here. What is stored at the hub is safe."}
        {used !== null ? ` WedSync takes ${(used / 1_000_000).toFixed(1)} MB here.` : ""}
      </p>
      {persisted === false ? <div className="actions"><Action onPress={ask}>Ask the browser to keep it</Action></div> : null}
    </>
  );
}

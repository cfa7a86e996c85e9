/** `#join=CODE`: signs this device in by an invitation. */
import { type Account, type Workspace, join, account as readAccount, signOut } from "@wedsync/core";
import { useEffect, useState } from "react";
import { deviceName } from "../device";
import { plural } from "../lib/state";
import { Action, Field } from "../parts/controls";
import { Title } from "../parts/shell";
import { go } from "../router";
import { errorInfo, useStore } from "../workspace";
import { SignOutDialog } from "./sign-out";

interface Props {
  code: string;
  ws: Workspace | null;
  onDone: () => Promise<void>;
}

export function JoinScreen({ code, ws, onDone }: Props) {
  const account = useAccountNow();
  return (
    <main className="page narrow stack">
      <Title>Join the team</Title>
      {account === undefined ? null : account && ws ? (
        <AlreadySignedIn account={account} ws={ws} onDone={onDone} />
      ) : (
        <JoinForm code={code} onDone={onDone} />
      )}
    </main>
  );
}

/** Read afresh: the browser may have deleted the account under the open page. Undefined while it is being read. */
function useAccountNow(): Account | null | undefined {
  const [account, setAccount] = useState<Account | null>();
  useEffect(() => {
    readAccount().then((found) => setAccount(found ?? null), () => setAccount(null));
  }, []);
  return account;
}

function JoinForm({ code, onDone }: { code: string; onDone: () => Promise<void> }) {
  const [name, setName] = useState(() => deviceName());
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<{ message: string; next: string } | null>(null);

  const submit = async () => {
    setBusy(true);
    setError(null);
    try {
      await join({ hub: window.location.origin, code, deviceName: name.trim() || deviceName() });
      go("#/");
      await onDone();
    } catch (failure) {
      const { code: why, message } = errorInfo(failure);
      setError({ message, next: joinHelp(why) });
      setBusy(false);
    }
  };

  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); void submit(); }}>
      <p>This link signs this device in. The plan is then kept on it, and works without a network.</p>
      <p>Who you are and what you may do was chosen by the person who sent you the link; you see it under “Me” afterwards.</p>
      <Field label="Name of this device" value={name} onChange={setName} hint="So that you recognise it in your list of devices." autoComplete="off" />
      {error ? (
        <div className="card card-bad" role="alert">
          <p><strong>{error.message}</strong></p>
          <p>{error.next}</p>
        </div>
      ) : null}
      <Action kind="main" type="submit" isDisabled={busy}>{busy ? "Joining…" : "Join on this device"}</Action>
    </form>
  );
}

/** What to do about a refused invitation. */
export function joinHelp(code: string): string {
  switch (code) {
    case "code_unknown": return "Check that the whole link was copied, or ask for a new one.";
    case "code_expired": return "Links are good for a limited time. Ask the person who sent it for a new one.";
    case "code_used": return "Each link signs one device in. For another device of yours, use “Add a device” under “Me”; else ask for a new link.";
    case "device_taken": return "Reload this page and try again: this device then makes a new key.";
    case "unreachable": return "Joining needs a network. Come back to this link when there is one.";
    case "storage_unavailable":
    case "quota_exceeded": return "The browser gives no storage here, as in private windows. Use a normal window, or free some space.";
    case "insecure_context": return "Open the link by its https:// address; browsers allow no sign-in keys without it.";
    case "rate_limited":
    case "try_later": return "Wait a minute and try again.";
    case "unsupported_version": return "Reload this page to get the current version.";
    default: return "Try again. If it stays, ask the person who sent the link.";
  }
}

interface SignedInProps {
  account: Account;
  ws: Workspace;
  onDone: () => Promise<void>;
}

function AlreadySignedIn({ account, ws, onDone }: SignedInProps) {
  const { pending, connection } = useStore(ws.status);
  const [leaving, setLeaving] = useState(false);
  if (connection === "signed_out") return <SignInAgain account={account} ws={ws} onDone={onDone} />;
  return (
    <div className="stack">
      <div className="card">
        <p><strong>{account.name}</strong> is signed in on this device ({account.orgName}).</p>
        <p>
          To join as somebody else, sign out first.
          {pending > 0 ? ` ${plural(pending, "edit")} of ${account.name} still ${pending === 1 ? "waits" : "wait"} to be sent; you choose what happens to ${pending === 1 ? "it" : "them"}.` : ""}
        </p>
      </div>
      <div className="actions">
        <Action kind="main" onPress={() => go("#/")}>Stay {account.name}</Action>
        <Action onPress={() => setLeaving(true)}>Sign out and join</Action>
      </div>
      <SignOutDialog ws={ws} account={account} isOpen={leaving} onClose={() => setLeaving(false)} onDone={onDone} />
    </div>
  );
}

/** The hub accepts this device no more. What waits stays locked, until a link of the same person signs in again. */
function SignInAgain({ account, ws, onDone }: SignedInProps) {
  const { pending } = useStore(ws.status);
  const [error, setError] = useState<string | null>(null);
  const leave = () => signOut(ws, { waiting: "keep" }).then(onDone, (failure: unknown) => setError(errorInfo(failure).message));
  return (
    <div className="stack">
      <div className="card">
        <p>This device was signed in as <strong>{account.name}</strong> ({account.orgName}), and the hub no longer accepts it.</p>
        {pending > 0 ? <p>{plural(pending, "edit")} of {account.name} {pending === 1 ? "is" : "are"} kept here, and sent if the link is theirs.</p> : null}
      </div>
      {error ? <p className="field-error" role="alert">{error}</p> : null}
      <div className="actions"><Action kind="main" onPress={() => void leave()}>Use this link</Action></div>
    </div>
  );
}

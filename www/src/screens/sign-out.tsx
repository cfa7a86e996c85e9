/** Signing out with edits waiting: three clear choices, and none of them loses anything unasked. */
import { type Account, type Workspace, signOut } from "@wedsync/core";
import { Download, Lock, LogOut, Send } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { Button } from "react-aria-components";
import { plural } from "../lib/state";
import { canSend } from "../lib/status";
import { Action } from "../parts/controls";
import { exportWaiting } from "../parts/outbox";
import { Sheet } from "../parts/sheet";
import { errorInfo, useStore } from "../workspace";

interface Props {
  ws: Workspace;
  account: Account;
  isOpen: boolean;
  onClose: () => void;
  onDone: () => Promise<void>;
}

export function SignOutDialog({ ws, account, isOpen, onClose, onDone }: Props) {
  const { pending, refused, connection } = useStore(ws.status);
  const sendable = canSend({ connection });
  const [sending, setSending] = useState(false);
  const [error, setError] = useState<string | null>(null);

  const leave = async (waiting: "keep" | "discard") => {
    try {
      await signOut(ws, { waiting });
      onClose();
      await onDone();
    } catch (failure) {
      setError(errorInfo(failure).message);
      setSending(false);
    }
  };

  useEffect(() => {
    if (sending && pending === 0) void leave(refused > 0 ? "keep" : "discard");
  }, [sending, pending, refused]);

  const waiting = plural(pending, "edit");
  const them = pending === 1 ? "it" : "them";
  return (
    <Sheet title={`Sign out ${account.name}`} isOpen={isOpen} onClose={onClose}>
      <div className="stack">
        {pending === 0 ? (
          <>
            <p>{refused > 0 ? "Every other edit" : "Every edit"} of this device is stored. The plan is removed from this device; to come back you need a link.</p>
            {refused > 0 ? <p>{plural(refused, "refused edit")} {refused === 1 ? "was" : "were"} not dismissed yet. Export them if you still need their text.</p> : null}
            <div className="actions">
              {refused > 0 ? <Action onPress={() => void exportWaiting(() => ws.exportWaiting())}>Export refused edits</Action> : null}
              <Action kind="danger" icon={<LogOut aria-hidden size={18} />} onPress={() => void leave("discard")}>Sign out</Action>
            </div>
          </>
        ) : (
          <>
            <p><strong>{waiting} on this device {pending === 1 ? "is" : "are"} not stored yet.</strong> What shall happen?</p>
            {sendable ? (
              <BigChoice
                icon={<Send aria-hidden />}
                title={!sending ? "Send now, then sign out" : connection === "online" ? `Sending ${pending}…` : "Waiting for a network…"}
                text={connection === "online" ? `Signs out as soon as the hub has stored ${them}.` : "There is no connection now. It waits here until there is one; you can still choose otherwise."}
                onPress={() => { setSending(true); ws.syncNow(); }}
                isDisabled={sending}
              />
            ) : (
              <p>{pending === 1 ? "It" : "They"} cannot be sent from here now: {connection === "signed_out" ? "the hub no longer accepts this device." : "this version of the app is too old. Reload to get the new one."}</p>
            )}
            <BigChoice
              icon={<Lock aria-hidden />}
              title={`Keep ${them} locked on this device`}
              text={`${pending === 1 ? "It is" : "They are"} sent when ${account.name} signs in here again. Nobody else can read ${them} in the app.`}
              onPress={() => void leave("keep")}
            />
            <BigChoice
              icon={<Download aria-hidden />}
              title="Export to a file and discard"
              text={`Saves ${them} as a file first, then deletes ${them} and the plan from this device.`}
              onPress={() => void exportWaiting(() => ws.exportWaiting()).then((done) => (done ? leave("discard") : undefined))}
            />
          </>
        )}
        {error ? <p className="field-error" role="alert">{error}</p> : null}
      </div>
    </Sheet>
  );
}

interface BigChoiceProps {
  icon: ReactNode;
  title: string;
  text: string;
  onPress: () => void;
  isDisabled?: boolean;
}

function BigChoice({ icon, title, text, ...rest }: BigChoiceProps) {
  return (
    <Button {...rest} className="big-choice">
      {icon}
      <span><strong>{title}</strong><small>{text}</small></span>
    </Button>
  );
}

/** A link for a new member, to copy or to share. */
import { type Invite, type Role, newId, team } from "@wedsync/core";
import { Copy, Share2 } from "lucide-react";
import { useState } from "react";
import { copy } from "../device";
import { nowIn, shortDay } from "../lib/time";
import { Action, Choice, Field } from "../parts/controls";
import { Sheet } from "../parts/sheet";
import { notify } from "../parts/toasts";
import { useMay, useWorkspace, watch } from "../workspace";
import { ROLES } from "./members";
import { remoteError } from "./use-remote";

export function InviteSheet({ helper, onClose }: { helper?: { id: string; name: string }; onClose: () => void }) {
  const ws = useWorkspace();
  const may = useMay();
  const [name, setName] = useState(helper?.name ?? "");
  const [role, setRole] = useState<Role>("helper");
  const [invite, setInvite] = useState<Invite | null>(null);
  const [error, setError] = useState<string | null>(null);
  const roles = may.owner ? ROLES : ROLES.filter((r) => r.id === "helper" || r.id === "viewer");
  // Made once, so that a second try does not add the helper again.
  const [newHelper] = useState(newId);
  const make = async () => {
    try {
      const joins = helper?.id ?? (role === "helper" ? newHelper : undefined);
      const made = await team().invite({ role, name: name.trim(), helper: joins });
      // A helper without a place in the plan could take no shift.
      if (joins === newHelper) watch(await ws.do({ type: "add_helper", helper: joins, fields: { name: name.trim() }, contact: {} }));
      setInvite(made);
      setError(null);
    } catch (failure) {
      setError(remoteError(failure));
    }
  };
  return (
    <Sheet
      title={helper ? `Invite ${helper.name}` : "Invite by link"} isOpen onClose={onClose}
      foot={invite ? <Action kind="main" onPress={onClose}>Done</Action> : <Action kind="main" isDisabled={name.trim() === ""} onPress={() => void make()}>Make the link</Action>}
    >
      {invite ? (
        <LinkToPass invite={invite} text={`You are invited to our team plan, ${name}.`} />
      ) : (
        <div className="stack">
          <Field label="Name" value={name} onChange={setName} isRequired autoFocus onEnter={() => void make()} hint="As the team should see it." />
          <Choice
            label="Role" options={roles} value={role} onChange={setRole}
            hint={!helper && role === "helper" ? "They are added to the helpers. Is somebody there already? Then invite them from their own page." : null}
          />
          {error ? <p className="field-error" role="alert">{error}</p> : null}
        </div>
      )}
    </Sheet>
  );
}

export function LinkToPass({ invite, text }: { invite: Invite; text: string }) {
  const until = nowIn(undefined, new Date(invite.expiresAt));
  const share = () => {
    // Closing the share sheet rejects too: that is no error.
    navigator.share({ text, url: invite.url }).catch(() => undefined);
  };
  return (
    <div className="stack">
      <Field label="Link" value={invite.url} onChange={() => undefined} isReadOnly hint={`Signs in one device. Good until ${shortDay(until.slice(0, 10))} ${until.slice(11)}.`} />
      <div className="actions">
        <Action
          icon={<Copy aria-hidden size={18} />}
          onPress={() => void copy(invite.url).then((done) => notify(done ? { tone: "calm", text: "Link copied." } : { tone: "bad", text: "This browser does not let us copy; select the link and copy it." }))}
        >
          Copy
        </Action>
        {"share" in navigator ? <Action icon={<Share2 aria-hidden size={18} />} onPress={share}>Share</Action> : null}
      </div>
    </div>
  );
}

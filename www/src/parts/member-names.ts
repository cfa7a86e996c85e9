/** Names of the people who can sign in, for receipts that name a person by id. Only planners may ask the hub for them. */
import { team } from "@wedsync/core";
import { useEffect, useState } from "react";
import { useMay, useStore, useWorkspace } from "../workspace";

let known = new Map<string, string>();

/** The name of a member, where this device has heard it; asked for once `wanted` is true. */
export function useMemberName(wanted: boolean): (user: string) => string | undefined {
  const { user, status } = useWorkspace();
  const { plan } = useMay();
  const { connection } = useStore(status);
  const [names, setNames] = useState(known);
  useEffect(() => {
    if (!wanted || !plan || connection !== "online") return;
    team().members().then(
      (members) => {
        known = new Map(members.map((m) => [m.user, m.name]));
        setNames(known);
      },
      // Without names the receipt says "somebody", which is still true.
      () => undefined,
    );
  }, [wanted, plan, connection]);
  return (id) => (id === user ? "you" : names.get(id));
}

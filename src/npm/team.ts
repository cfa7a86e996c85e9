import { currentAccount } from "./account-store.js";
import { call, normalHub } from "./api.js";
import { deviceCredential, notSignedIn, tokenCredential } from "./credential.js";
import type { Device, DeviceState, Invite, Member, MemberState, Role, Team, TeamState } from "./types.js";

export interface TeamOptions {
  /** The hub's address; needed with `token`. */
  hub?: string;
  /** Gives a JWT of your identity provider. Without it the device key signs. */
  token?: () => Promise<string>;
}

interface DeviceRow {
  id: string;
  name: string;
  created_ms: number;
  last_seen_ms: number | null;
  current: boolean;
  revoked: boolean;
}

interface TeamRow {
  now_ms: number;
  members: (Member & { here: boolean; devices: { name: string; here: boolean; behind: boolean; last_seen_ms: number | null }[] })[];
}

interface InviteRow {
  code: string;
  path: string;
  expires_ms: number;
}

/** Members, devices and invitations: what needs the hub at once. */
export function team(options: TeamOptions = {}): Team {
  const ask = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const { hub, credential } = await speaker(options);
    return call<T>(hub, method, path, { body, credential });
  };
  const invite = async (path: string, body: unknown): Promise<Invite> => {
    const { hub, credential } = await speaker(options);
    const row = await call<InviteRow>(hub, "POST", path, { body, credential });
    return { code: row.code, url: new URL(row.path, hub).href, expiresAt: row.expires_ms };
  };
  const segment = encodeURIComponent;

  return {
    devices: async () => (await ask<DeviceRow[]>("GET", "/v1/devices")).map(device),
    revokeDevice: (id) => ask<void>("DELETE", `/v1/devices/${segment(id)}`),
    inviteDevice: () => invite("/v1/device-invites", {}),
    members: async () => (await ask<Member[]>("GET", "/v1/members")).map(member),
    state: async () => teamState(await ask<TeamRow>("GET", "/v1/team")),
    setRole: (user: string, role: Role) => ask<void>("PATCH", `/v1/members/${segment(user)}`, { role }),
    removeMember: (user) => ask<void>("DELETE", `/v1/members/${segment(user)}`),
    invite: (who) => invite("/v1/invites", who),
  };
}

async function speaker({ hub, token }: TeamOptions): Promise<{ hub: string; credential: string }> {
  const stored = hub !== undefined && token ? undefined : await currentAccount();
  const address = hub === undefined ? stored?.account.hub : normalHub(hub);
  if (address === undefined) throw notSignedIn();
  if (token) return { hub: address, credential: await tokenCredential(token) };
  if (!stored || stored.account.hub !== address) throw notSignedIn();
  return { hub: address, credential: await deviceCredential(stored.id) };
}

function device(row: DeviceRow): Device {
  return {
    id: row.id,
    name: row.name,
    createdAt: row.created_ms,
    lastSeenAt: row.last_seen_ms ?? null,
    current: row.current,
    revoked: row.revoked,
  };
}

function member(row: Member): Member {
  return { user: row.user, name: row.name, role: row.role, helper: row.helper ?? null };
}

function teamState(row: TeamRow): TeamState {
  const deviceState = ({ name, here, behind, last_seen_ms }: TeamRow["members"][number]["devices"][number]): DeviceState =>
    ({ name, here, behind, lastSeenAt: last_seen_ms });
  const memberState = (m: TeamRow["members"][number]): MemberState =>
    ({ ...member(m), here: m.here, devices: m.devices.map(deviceState) });
  return { now: row.now_ms, members: row.members.map(memberState) };
}

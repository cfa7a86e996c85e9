/** The key that signs for this device: made here, never leaving WebCrypto, listed and revocable at the hub. */
import { WedSyncError } from "./errors.js";
import { newId } from "./ids.js";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" } as const;
/** How long a session may last. To begin one, the hub takes an assertion for two minutes after `iat` only. */
const SESSION_S = 8 * 3600;

export async function createDeviceKey(): Promise<CryptoKeyPair> {
  return (await subtle().generateKey(ALGORITHM, false, ["sign", "verify"])) as CryptoKeyPair;
}

export function publicJwk(key: CryptoKeyPair): Promise<JsonWebKey> {
  return subtle().exportKey("jwk", key.publicKey);
}

export interface Signer {
  device: string;
  user: string;
  org: string;
  key: CryptoKeyPair;
}

/** A JWT (RFC 7519) by which the device speaks for its person; `nowMs` is the hub's time. */
export async function assertion(signer: Signer, nowMs: number): Promise<string> {
  const iat = Math.floor(nowMs / 1000);
  const header = { alg: "ES256", typ: "JWT", kid: signer.device };
  const claims = {
    iss: signer.device,
    sub: signer.user,
    org: signer.org,
    aud: "wedsync-hub",
    iat,
    exp: iat + SESSION_S,
    jti: newId(),
  };
  const text = `${base64url(utf8(JSON.stringify(header)))}.${base64url(utf8(JSON.stringify(claims)))}`;
  // WebCrypto's signature is r||s, which is what JWS wants (RFC 7518, section 3.4).
  const signature = await subtle().sign(SIGNATURE, signer.key.privateKey, utf8(text));
  return `${text}.${base64url(new Uint8Array(signature))}`;
}

export interface Claims {
  sub: string;
  org: string;
}

/** Who a JWT speaks for. It is not verified here: the hub does that. */
export function claims(token: string): Claims {
  try {
    const payload = (token.split(".")[1] ?? "").replace(/-/g, "+").replace(/_/g, "/");
    const bytes = Uint8Array.from(atob(payload), (c) => c.charCodeAt(0));
    const { sub, org } = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Claims>;
    if (typeof sub === "string" && typeof org === "string") return { sub, org };
  } catch {
    // Said below.
  }
  throw new WedSyncError("unauthorized", "The token is not a JWT with the claims 'sub' and 'org'.");
}

function subtle(): SubtleCrypto {
  if (globalThis.crypto?.subtle) return crypto.subtle;
  throw new WedSyncError("insecure_context", "Signing in needs a secure page: open it over https, or on localhost.");
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function base64url(bytes: Uint8Array): string {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

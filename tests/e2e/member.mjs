// A member of the team that speaks the hub's HTTP interface with a device key, for what a story needs beside
// its browsers: inviting a person, changing a role.
import { randomUUID, webcrypto } from "node:crypto";

const KEY = { name: "ECDSA", namedCurve: "P-256" };
const base64url = (data) => Buffer.from(data).toString("base64url");

export class Member {
  static async join(hub, code) {
    const member = new Member();
    member.origin = hub.origin;
    member.device = randomUUID().replaceAll("-", "");
    member.keys = await webcrypto.subtle.generateKey(KEY, false, ["sign", "verify"]);
    const public_key = await webcrypto.subtle.exportKey("jwk", member.keys.publicKey);
    const device = { id: member.device, name: "End-to-end test", public_key };
    member.account = await member.#request("POST", "/v1/join", { code, device });
    return member;
  }

  /** The code of an invitation. */
  async invite(role, name, helper) {
    const { code } = await this.call("POST", "/v1/invites", { role, name, ...(helper ? { helper } : {}) });
    return code;
  }

  async call(method, path, body) {
    return this.#request(method, path, body, await this.token());
  }

  /** A token that the device signs for itself. */
  async token({ seconds = 60 } = {}) {
    const now = Math.floor(Date.now() / 1000);
    const header = { alg: "ES256", typ: "JWT", kid: this.device };
    const { user: sub, org } = this.account;
    const claims = { iss: this.device, sub, org, aud: "wedsync-hub", iat: now, exp: now + seconds, jti: randomUUID() };
    const text = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(claims))}`;
    const how = { name: "ECDSA", hash: "SHA-256" };
    return `${text}.${base64url(await webcrypto.subtle.sign(how, this.keys.privateKey, Buffer.from(text)))}`;
  }

  async #request(method, path, body, token) {
    const response = await fetch(this.origin + path, {
      method,
      headers: { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: body ? JSON.stringify(body) : undefined,
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  }
}

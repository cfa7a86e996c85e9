import { describe, expect, it, vi } from "vitest";
import { assertion, claims, createDeviceKey, publicJwk } from "./device-key.js";
import { newId } from "./ids.js";

const decode = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;

describe("the device key", () => {
  it("signs a JWT that its public key verifies", async () => {
    const key = await createDeviceKey();
    const now = 1_784_000_123_456;
    const token = await assertion({ device: "d1", user: "anna", org: "demo", key }, now);
    const [header, payload, signature, ...rest] = token.split(".");
    expect(rest).toEqual([]);
    expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(decode(header!)).toEqual({ alg: "ES256", typ: "JWT", kid: "d1" });
    const { jti, ...facts } = decode(payload!);
    expect(facts).toEqual({
      iss: "d1",
      sub: "anna",
      org: "demo",
      aud: "wedsync-hub",
      iat: 1_784_000_123,
      exp: 1_784_000_123 + 8 * 3600,
    });
    expect(jti).toMatch(/^[0-9a-f-]{36}$/);

    const jwk = await publicJwk(key);
    expect(jwk).toMatchObject({ kty: "EC", crv: "P-256" });
    expect(jwk.d).toBeUndefined();
    const algorithm = { name: "ECDSA", namedCurve: "P-256" };
    const published = await crypto.subtle.importKey("jwk", jwk, algorithm, false, ["verify"]);
    const verify = (text: string) =>
      crypto.subtle.verify(
        { name: "ECDSA", hash: "SHA-256" },
        published,
        Buffer.from(signature!, "base64url"),
        new TextEncoder().encode(text),
      );
    expect(Buffer.from(signature!, "base64url").length).toBe(64);
    expect(await verify(`${header}.${payload}`)).toBe(true);
    expect(await verify(`${header}.${payload}x`)).toBe(false);
  });

  it("cannot be taken out", async () => {
    const key = await createDeviceKey();
    await expect(crypto.subtle.exportKey("jwk", key.privateKey)).rejects.toThrow();
  });

  it("says what to do on a page that is not secure", async () => {
    vi.stubGlobal("crypto", { getRandomValues: () => {} });
    await expect(createDeviceKey()).rejects.toMatchObject({ code: "insecure_context" });
    vi.unstubAllGlobals();
  });

  it("reads who a token speaks for, in any alphabet", () => {
    const payload = Buffer.from(JSON.stringify({ sub: "åsa-ÿ?>", org: "demo" })).toString("base64url");
    expect(claims(`x.${payload}.y`)).toEqual({ sub: "åsa-ÿ?>", org: "demo" });
    for (const bad of ["", "a.b", "a.b.c", `a.${Buffer.from("{}").toString("base64url")}.c`]) {
      expect(() => claims(bad)).toThrow(expect.objectContaining({ code: "unauthorized" }));
    }
  });
});

describe("newId", () => {
  it("makes UUIDv7s in the order of time", () => {
    vi.useFakeTimers({ now: 0x0197_1234_5678 });
    const first = newId();
    vi.setSystemTime(0x0197_1234_5679);
    const second = newId();
    vi.useRealTimers();
    expect(first).toMatch(/^01971234-5678-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(second > first).toBe(true);
    expect(new Set(Array.from({ length: 1000 }, newId)).size).toBe(1000);
  });
});

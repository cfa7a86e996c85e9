import { describe, expect, it } from "vitest";
import { toError, WedSyncError } from "./errors.js";

describe("toError", () => {
  it("takes the core's and the hub's plain objects as they are", () => {
    const error = toError({ code: "invalid", message: "end is before start", field: "end" });
    expect(error).toBeInstanceOf(WedSyncError);
    expect(error).toMatchObject({ code: "invalid", message: "end is before start", field: "end" });
    expect(toError({ code: "closed", message: "closed" }).field).toBeNull();
  });

  it("keeps its own errors", () => {
    const error = new WedSyncError("closed", "closed");
    expect(toError(error)).toBe(error);
  });

  it.each([
    [new WebAssembly.RuntimeError("unreachable"), "trapped"],
    [new DOMException("full", "QuotaExceededError"), "quota_exceeded"],
    [new DOMException("closing", "InvalidStateError"), "storage_closed"],
    [new DOMException("newer", "VersionError"), "storage_newer"],
    [new DOMException("private", "SecurityError"), "storage_unavailable"],
    [new TypeError("x is undefined"), "internal"],
    ["a string", "internal"],
    [undefined, "internal"],
  ])("maps %s to %s, with its cause", (thrown, code) => {
    const error = toError(thrown);
    expect(error.code).toBe(code);
    expect(error.message).not.toBe("");
    expect(error.cause).toBe(thrown);
  });
});

import type { ErrorCode, WedSyncErrorInfo } from "./types.js";

/** Every error of this package. Match on `code`, show `message`. */
export class WedSyncError extends Error {
  readonly code: ErrorCode;
  /** The field it is about, if one. */
  readonly field: string | null;

  constructor(code: ErrorCode, message: string, field: string | null = null, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "WedSyncError";
    this.code = code;
    this.field = field;
  }
}

/** Anything that was thrown, as a {@link WedSyncError}. */
export function toError(thrown: unknown): WedSyncError {
  if (thrown instanceof WedSyncError) return thrown;
  if (isTrap(thrown)) {
    const message = "The core of the app failed and was started again. Try that once more.";
    return new WedSyncError("trapped", message, null, { cause: thrown });
  }
  if (thrown instanceof DOMException) {
    return new WedSyncError(storageCode(thrown.name), thrown.message || thrown.name, null, { cause: thrown });
  }
  if (isInfo(thrown)) return new WedSyncError(thrown.code, thrown.message, thrown.field ?? null);
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return new WedSyncError("internal", `Something unforeseen failed: ${text}`, null, { cause: thrown });
}

/** Whether a WASM instance trapped: it must be thrown away. */
export function isTrap(thrown: unknown): boolean {
  return thrown instanceof WebAssembly.RuntimeError;
}

export function info(error: WedSyncError): WedSyncErrorInfo {
  return { code: error.code, message: error.message, field: error.field };
}

// The names that IndexedDB and WebCrypto give: https://webidl.spec.whatwg.org/#idl-DOMException-error-names
function storageCode(name: string): ErrorCode {
  switch (name) {
    case "QuotaExceededError":
      return "quota_exceeded";
    case "InvalidStateError":
    case "AbortError":
      return "storage_closed";
    case "VersionError":
      return "storage_newer";
    default:
      return "storage_unavailable";
  }
}

function isInfo(thrown: unknown): thrown is WedSyncErrorInfo {
  if (typeof thrown !== "object" || thrown === null) return false;
  const { code, message } = thrown as Record<string, unknown>;
  return typeof code === "string" && typeof message === "string";
}

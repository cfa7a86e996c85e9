import type { Core, CoreHost, CoreOptions, Glue, Publication } from "./core.js";
import { isTrap, toError, WedSyncError } from "./errors.js";
import { withLimit } from "./limit.js";

/** Longest time that a call of the core may take: a panic in an async call leaves its promise unsettled. */
export const CALL_LIMIT_MS = 30_000;
const MOST_TRAPS = 3;
const TRAP_WINDOW_MS = 60_000;
/** A thrown-away instance may fail again in its timers shortly after. */
const ECHO_MS = 1_000;

/** Opens a core in an instance of its own. */
export async function openCore(
  module: WebAssembly.Module,
  createGlue: () => Glue,
  options: CoreOptions,
  host: CoreHost,
): Promise<Core> {
  const glue = createGlue();
  await glue({ module_or_path: module });
  return glue.Core.open(options, host);
}

/** Compiles the .wasm, as it arrives where the server names its type. */
export async function compile(response: Response): Promise<WebAssembly.Module> {
  if (!response.ok) throw new WedSyncError("unreachable", `The core could not be loaded (HTTP ${response.status}).`);
  const type = response.headers.get("content-type") ?? "";
  if (type.startsWith("application/wasm") && "compileStreaming" in WebAssembly) {
    return WebAssembly.compileStreaming(response);
  }
  return WebAssembly.compile(await response.arrayBuffer());
}

export interface InstanceHooks {
  /** Opens a core on the database; the core publishes to what it is given. */
  open(publish: (change: Publication) => void): Promise<Core>;
  publish(change: Publication): void;
  /** A fresh core took over: everything is to be read again. */
  replaced(): void;
  /** No core can be kept running. */
  failed(error: WedSyncError): void;
}

/** The running core. When it traps, a fresh one takes its place on the same database. */
export class Instance {
  readonly #hooks: InstanceHooks;
  #core: Core | undefined;
  /** Rises with each core, so that a thrown-away one is not heard any more. */
  #generation = 0;
  /** The calls under way, with when each is late; each is rejected when its core is thrown away. */
  #calls = new Map<(error: WedSyncError) => void, number>();
  /** One timer for all calls: one for each would cost a good part of what an edit costs. */
  #watch: ReturnType<typeof setTimeout> | undefined;
  #traps: number[] = [];
  #opening: Promise<void> | undefined;
  #failure: WedSyncError | undefined;
  #closed = false;

  private constructor(hooks: InstanceHooks) {
    this.#hooks = hooks;
  }

  static async start(hooks: InstanceHooks): Promise<Instance> {
    const instance = new Instance(hooks);
    globalThis.addEventListener?.("error", instance.#onError);
    globalThis.addEventListener?.("unhandledrejection", instance.#onRejection);
    try {
      await instance.#open();
    } catch (error) {
      instance.#stopListening();
      throw toError(error);
    }
    return instance;
  }

  /** Reads from the core; undefined while there is none. */
  read<T>(read: (core: Core) => T): T | undefined {
    if (!this.#core) return undefined;
    try {
      return read(this.#core);
    } catch (error) {
      if (!isTrap(error)) throw toError(error);
      this.#trap(error);
      return undefined;
    }
  }

  /** Calls the core, or throws. */
  need<T>(call: (core: Core) => T): T {
    const answer = this.read((core) => ({ value: call(core) }));
    if (!answer) throw this.#absence();
    return answer.value;
  }

  /** Calls the core and awaits its answer, for {@link CALL_LIMIT_MS} at most. */
  async call<T>(call: (core: Core) => Promise<T>): Promise<T> {
    // `#opening` settles without an error: what became of it stands in `#core` and `#failure`.
    await this.#opening;
    const core = this.#core;
    if (!core) throw this.#absence();
    const generation = this.#generation;
    return new Promise<T>((resolve, reject) => {
      const settle = (then: () => void) => {
        this.#calls.delete(fail);
        then();
      };
      const fail = (error: WedSyncError) => settle(() => reject(error));
      this.#calls.set(fail, performance.now() + CALL_LIMIT_MS);
      this.#watch ??= setTimeout(this.#look, CALL_LIMIT_MS);
      const refused = (error: unknown) => {
        // The call itself is rejected by the trap, after a fresh core is there.
        if (isTrap(error) && generation === this.#generation) this.#trap(error);
        else if (!isTrap(error)) fail(toError(error));
      };
      try {
        call(core).then((value) => settle(() => resolve(value)), refused);
      } catch (error) {
        refused(error);
      }
    });
  }

  /** Ends the core, by `last`: its last call. Calls under way are rejected with `closed`. */
  async close(last: (core: Core) => Promise<void> = (core) => core.close()): Promise<void> {
    if (this.#closed) return;
    try {
      if (!this.#failure) await this.call(last);
    } finally {
      this.#closed = true;
      this.#core = undefined;
      this.#generation += 1;
      this.#stopListening();
      this.#abandon(this.#absence());
    }
  }

  async #open(): Promise<void> {
    const generation = (this.#generation += 1);
    const core = await withLimit(
      this.#hooks.open((change) => {
        if (generation === this.#generation) this.#hooks.publish(change);
      }),
      CALL_LIMIT_MS,
      () => new WedSyncError("storage_blocked", "The database does not open. Close other tabs of this app, then reload."),
    );
    if (this.#closed) await core.close();
    else this.#core = core;
  }

  /** Looks whether a call is late. */
  readonly #look = () => {
    this.#watch = undefined;
    const [oldest] = this.#calls.values();
    if (oldest === undefined) return;
    const left = oldest - performance.now();
    if (left > 0) this.#watch = setTimeout(this.#look, left);
    else this.#trap(new Error(`no answer within ${CALL_LIMIT_MS} ms`));
  };

  #trap(cause: unknown): void {
    const old = this.#core;
    if (!old || this.#closed) return;
    this.#core = undefined;
    this.#generation += 1;
    const calls = [...this.#calls.keys()];
    this.#calls = new Map();
    // Its lock and socket would stay held otherwise. It may well fail again: nobody waits for it.
    void Promise.resolve()
      .then(() => old.close())
      .catch(() => {});

    const now = Date.now();
    this.#traps = [...this.#traps.filter((at) => now - at < TRAP_WINDOW_MS), now];
    const error = new WedSyncError(
      "trapped",
      "The core of the app failed and was started again. Try that once more.",
      null,
      { cause },
    );
    const reject = () => calls.forEach((fail) => fail(error));
    if (this.#traps.length > MOST_TRAPS) {
      this.#fail(new WedSyncError("trapped", "The core of the app keeps failing. Reload the page; saved edits are safe."));
      reject();
      return;
    }
    this.#opening = this.#open()
      .then(() => this.#closed || this.#hooks.replaced())
      .catch((thrown: unknown) => this.#fail(toError(thrown)))
      .then(() => {
        this.#opening = undefined;
        reject();
      });
  }

  #fail(error: WedSyncError): void {
    this.#failure = error;
    this.#hooks.failed(error);
  }

  #abandon(error: WedSyncError): void {
    const calls = [...this.#calls.keys()];
    this.#calls = new Map();
    calls.forEach((fail) => fail(error));
  }

  #absence(): WedSyncError {
    if (this.#closed) return new WedSyncError("closed", "The workspace was closed. Open it again.");
    return this.#failure ?? new WedSyncError("trapped", "The core of the app is starting again. Try that once more.");
  }

  // A panic outside of any call (a timer, a socket) shows only here.
  readonly #onError = (event: Event) => this.#uncaught((event as ErrorEvent).error);
  readonly #onRejection = (event: Event) => this.#uncaught((event as PromiseRejectionEvent).reason);

  #uncaught(error: unknown): void {
    const last = this.#traps.at(-1) ?? 0;
    if (isTrap(error) && isOurs(error as Error) && Date.now() - last > ECHO_MS) this.#trap(error);
  }

  #stopListening(): void {
    clearTimeout(this.#watch);
    globalThis.removeEventListener?.("error", this.#onError);
    globalThis.removeEventListener?.("unhandledrejection", this.#onRejection);
  }
}

/** Whether a trap is of this core, as far as its stack tells: other modules of the page fail for themselves. */
function isOurs(error: Error): boolean {
  const stack = error.stack ?? "";
  return !/\.wasm\b/.test(stack) || /wedsync_core/.test(stack);
}

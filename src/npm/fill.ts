/** The search for helpers in slices: the page answers between them, and can stop it. */
import type { Core } from "./core.js";
import type { FillGapsOptions, FillPlan } from "./types.js";

/** How long a slice may keep the page, in milliseconds: less than a frame. */
const SLICE_MS = 12;
/** Checks of the first slice; later ones are as long as the device is fast. */
const FIRST_BUDGET = 200;

interface FillHost {
  /** Calls the core, or throws. */
  need<T>(call: (core: Core) => T): T;
  read<T>(read: (core: Core) => T): T | undefined;
}

export async function fill(event: string, host: FillHost, options: FillGapsOptions): Promise<FillPlan> {
  const { onProgress, signal, ask_unknown = false, accept_medium = false, to_most = false } = options;
  signal?.throwIfAborted();
  const id = host.need((core) => core.fill_start(event, { ask_unknown, accept_medium, to_most }));
  try {
    let budget = FIRST_BUDGET;
    for (;;) {
      const began = performance.now();
      const { is_done, progress } = host.need((core) => core.fill_step(id, budget));
      const took = performance.now() - began;
      onProgress?.(progress);
      if (is_done) return host.need((core) => core.fill_plan(id));
      budget = Math.max(1, Math.round(budget * Math.min(2, SLICE_MS / Math.max(1, took))));
      await pause();
      signal?.throwIfAborted();
    }
  } finally {
    host.read((core) => core.fill_end(id));
  }
}

/** Lets the page draw and answer. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

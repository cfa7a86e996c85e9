/** The app's service worker script; `build.mjs` puts in what it is to keep. */
import { start } from "../src/npm/service-worker.js";

declare const __WEDSYNC_ASSETS__: string[];
declare const __WEDSYNC_VERSION__: string;
declare const __WEDSYNC_WASM__: string;

start({ assets: __WEDSYNC_ASSETS__, version: __WEDSYNC_VERSION__, wasm: __WEDSYNC_WASM__ });

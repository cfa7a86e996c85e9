// The Yjs of another editor than the app's, for pages.
import { rolldown } from "rolldown";
import { root } from "../../scripts/run.mjs";

let script;

/** A script that puts it at `window.otherY`; the app's own need not know that there are two. */
export function yjsScript() {
  script ??= rolldown({ input: "yjs", cwd: root, platform: "browser" })
    .then((bundle) => bundle.generate({ format: "iife", name: "otherY" }))
    .then(({ output }) => `${output[0].code}\nwindow.otherY = otherY; delete globalThis["__ $YJS$ __"];`);
  return script;
}

// Bundles the service worker as one classic script: no import() and no top-level await, which workers refuse.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const here = fileURLToPath(new URL(".", import.meta.url));
const glue = fileURLToPath(new URL("../dist/wasm/glue.js", import.meta.url));

/**
 * Writes `service-worker.js` into `outDir`. `assets`: URL paths of the app's files; `version`: differs whenever one
 * of them does, so that the script's bytes do; `wasm`: URL path of the module.
 */
export async function build({ outDir, assets, version, wasm }) {
  if (!assets.includes("/index.html")) throw new Error("The app's files hold no /index.html to open offline.");
  const bundle = await rolldown({
    input: join(here, "service-worker.ts"),
    platform: "browser",
    resolve: { extensionAlias: { ".js": [".ts", ".js"] } },
    transform: {
      target: "es2022",
      define: {
        __WEDSYNC_ASSETS__: JSON.stringify([...assets].sort()),
        __WEDSYNC_VERSION__: JSON.stringify(version),
        __WEDSYNC_WASM__: JSON.stringify(wasm),
      },
    },
    plugins: [
      {
        name: "wedsync-glue",
        // Beside the sources lies only its declaration; the glue is made from the Rust build.
        resolveId: (id) => (id.endsWith("/wasm/glue.js") ? glue : null),
      },
    ],
  });
  try {
    const { output } = await bundle.write({
      file: join(outDir, "service-worker.js"),
      format: "iife",
      minify: true,
      codeSplitting: false,
    });
    const code = output[0].code;
    if (output.length !== 1 || /\bimport\s*\(/.test(code)) throw new Error("The service worker must be one classic script.");
  } finally {
    await bundle.close();
  }
}

/** The app shell: what a page needs to start with no network. */

const PREFIX = "wedsync-shell-";

export interface ShellOptions {
  /** URL paths of the app's files; the page among them is `/index.html`. */
  assets: string[];
  /** Differs whenever an asset does. */
  version: string;
  /** URL path of the .wasm, one of the assets. */
  wasm: string;
}

export class Shell {
  readonly #cache: string;
  readonly #assets: Set<string>;
  readonly #wasm: string;

  constructor({ assets, version, wasm }: ShellOptions) {
    this.#cache = PREFIX + version;
    this.#wasm = wasm;
    // The worker's own script is kept by the browser; in the shell it would never be renewed.
    this.#assets = new Set([...assets, wasm].filter((path) => path !== new URL(self.location.href).pathname));
  }

  async fill(): Promise<void> {
    const cache = await caches.open(this.#cache);
    await Promise.all(
      [...this.#assets].map(async (path) => {
        const response = await fetch(new Request(path, { cache: "no-cache", credentials: "same-origin" }));
        if (!response.ok) throw new Error(`${path} answered with HTTP ${response.status}`);
        // A page in a file's place, from a proxy that wants a sign-in, would stay until the next version.
        const isPage = response.headers.get("content-type")?.startsWith("text/html") ?? false;
        if (isPage && !path.endsWith(".html")) throw new Error(`${path} answered with a page`);
        await cache.put(path, await this.#plain(path, response));
      }),
    );
  }

  /** Deletes the shells of other versions. */
  async clean(): Promise<void> {
    const names = await caches.keys();
    const old = names.filter((name) => name.startsWith(PREFIX) && name !== this.#cache);
    await Promise.all(old.map((name) => caches.delete(name)));
  }

  /** Answers what the shell holds; undefined where the browser is to ask the network. */
  answer(request: Request): Promise<Response> | undefined {
    const url = new URL(request.url);
    if (request.method !== "GET" || url.origin !== self.location.origin) return undefined;
    if (url.pathname === "/health" || url.pathname.startsWith("/v1/")) return undefined;
    if (request.mode === "navigate") return this.#cached("/index.html", request);
    return this.#assets.has(url.pathname) ? this.#cached(url.pathname, request) : undefined;
  }

  wasm(): Promise<Response> {
    return this.#cached(this.#wasm, this.#wasm);
  }

  async #cached(path: string, request: RequestInfo): Promise<Response> {
    const cache = await caches.open(this.#cache);
    // The path alone: a query, as in a link with parameters, makes no other file.
    return (await cache.match(path)) ?? fetch(request);
  }

  async #plain(path: string, response: Response): Promise<Response> {
    const headers = new Headers(response.headers);
    if (path === this.#wasm) headers.set("content-type", "application/wasm");
    // The body is kept decoded, and a redirected response may not answer a navigation.
    headers.delete("content-encoding");
    headers.delete("content-length");
    return new Response(await response.blob(), { headers });
  }
}

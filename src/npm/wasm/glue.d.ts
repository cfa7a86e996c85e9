import type { Glue } from "../core.js";

/** A fresh instance of the glue with each call, because a trapped instance must be thrown away. */
export function createGlue(): Glue;

/** `@wedsync/core`: open a workspace, read its stores, do commands. */
export type * from "./types.js";
export { account, join, signOut, type JoinOptions } from "./account.js";
export { WedSyncError } from "./errors.js";
export { newId } from "./ids.js";
export { openWorkspace } from "./open.js";
export { team, type TeamOptions } from "./team.js";

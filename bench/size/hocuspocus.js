export * from "yjs";
export { HocuspocusProvider, HocuspocusProviderWebsocket } from "@hocuspocus/provider";
export { IndexeddbPersistence } from "y-indexeddb";

export * from "yjs";
export { IndexeddbPersistence } from "y-indexeddb";
export { WebsocketProvider } from "y-websocket";

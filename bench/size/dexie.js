export { default } from "dexie";

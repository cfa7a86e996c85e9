export { load } from "virtual:ywasm";

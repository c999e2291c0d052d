export { CantDecide } from "./CantDecide";
export { Keys } from "./Keys";
export { Practice } from "./Practice";

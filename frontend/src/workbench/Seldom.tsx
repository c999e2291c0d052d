export { CantDecide } from "./CantDecide";
export { Empty } from "./Empty";
export { Find, FindButton } from "./Find";
export { keepGoing } from "./going";
export { Keys } from "./Keys";
export { Messages } from "./Messages";
export { Practice } from "./Practice";

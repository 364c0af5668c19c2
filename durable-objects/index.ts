// A Worker of its own for the objects: no HTTP, so that no deploy of another Worker resets them.
export { ItemEpochs } from "./item-epochs.ts";
export { ItemStats } from "./item-stats.ts";
export { LakeLog } from "./lake-log.ts";
export { ModelRegistry } from "./model-registry.ts";
export { VisitorProfile } from "./visitor-profile.ts";

export default {};

// In place of the decision Worker: takes its time and answers nothing of use.
import { WorkerEntrypoint } from "cloudflare:workers";

export class Decision extends WorkerEntrypoint {
  async decide() {
    await new Promise((resolve) => setTimeout(resolve, 800));
    const head = {
      degraded: [],
      timings: {},
      eventStatus: "none",
      digest: null,
      snapshot: "",
      itemEpoch: 0,
      receipt: "",
    };
    return `${JSON.stringify(head)}\n{}`;
  }
}

export default {};

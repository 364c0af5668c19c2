// The decision Worker around a store over HTTP and nothing else, so that what workerd's process holds is what an isolate does.
import { Decision } from "./index.js";

const away = async () => {
  throw new Error("there is no such object here");
};
const head = { epoch: 0, oldest: 0, base: 0, incarnation: "none" };

function bindings({ STORE }) {
  const read = async (key) => {
    const response = await STORE.fetch(`http://store/${key}`);
    if (!response.ok) return null;
    // As R2 tells it.
    return Object.assign(response, { size: Number(response.headers.get("content-length")) });
  };
  return {
    SNAPSHOTS: { get: read },
    SITE_CONFIG: { get: async (key) => (await read(key))?.json() ?? null },
    VISITOR_PROFILE: { getByName: () => ({ decisionView: away, currentView: away }) },
    ITEM_EPOCHS: { getByName: () => ({ head: async () => head }) },
    EVENT_QUEUE: { sendBatch: async () => {} },
  };
}

export default {
  async fetch(request, env, ctx) {
    const decision = new Decision(ctx, bindings(env));
    return new Response(await decision.decide(await request.text()));
  },
};

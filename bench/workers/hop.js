// What any decision must pay: a Worker, one service-binding hop, one read of an object's memory.
export default {
  fetch: async (request, env) => new Response(String(await env.READER.read(new URL(request.url).pathname))),
};

// The floor of ingestion: a Worker that writes what it is sent as one row of one object.
export default {
  fetch: async (request, env) => {
    const name = new URL(request.url).pathname;
    return new Response(String(await env.ROWS.getByName(name).write(await request.text())));
  },
};

// An origin that answers at once with a page, made once.
export default {
  fetch: (_, env) => new Response(env.PAGE, { headers: { "content-type": "text/html; charset=utf-8" } }),
};

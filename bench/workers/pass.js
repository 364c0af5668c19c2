// The floor of a middleware: a Worker that hands every request on and its answer back.
export default {
  fetch: (request, env) => fetch(new Request(new URL(new URL(request.url).pathname, env.ORIGIN), request)),
};

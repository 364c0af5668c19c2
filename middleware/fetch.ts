// `withNowcast` wraps a Worker, or any function from a request to an answer.
import type { NowcastOptions, OptionsOf } from "./options.ts";
import { createSite } from "./site.ts";

export type { NowcastAddress, NowcastOptions, NowcastService, NowcastSettings } from "./options.ts";

/** The part of a Worker's context that is needed. */
export interface WaitContext {
  waitUntil(work: Promise<unknown>): void;
}

type FetchFunction<Env> = (request: Request, env: Env, context: WaitContext) => Response | Promise<Response>;

// biome-ignore lint/suspicious/noExplicitAny: the parameters of a handler are its own, and of no concern here
type AnyFunction = (...parameters: any[]) => any;
type AnyWorker = { readonly fetch?: AnyFunction };

/** The bindings of a handler. */
type EnvOf<H> = H extends { readonly fetch?: infer F }
  ? EnvOfFunction<NonNullable<F>>
  : H extends AnyFunction
    ? EnvOfFunction<H>
    : unknown;
type EnvOfFunction<F> = F extends (...parameters: infer P) => unknown
  ? P extends readonly [unknown, infer E, ...unknown[]]
    ? E
    : unknown
  : unknown;

/**
 * The same Worker, or function, with its pages personalized. What else a Worker handles stays as it is.
 *
 * @example
 * export default withNowcast({ fetch: (request, env) => env.ASSETS.fetch(request) }, (env) => ({ service: env.NOWCAST }));
 */
export function withNowcast<H extends AnyWorker | AnyFunction>(
  handler: H,
  options: NowcastOptions | ((env: EnvOf<H>) => NowcastOptions),
): H {
  const answer = createSite(options as OptionsOf<unknown>);
  const wrap =
    (original: FetchFunction<unknown>, holder: unknown): FetchFunction<unknown> =>
    (request, env, context) =>
      answer({
        request,
        env,
        waitUntil: (work) => context?.waitUntil?.(work),
        respond: async (asked) => original.call(holder, asked, env, context),
      });
  if (typeof handler === "function") return wrap(handler as FetchFunction<unknown>, undefined) as H;
  const { fetch: original } = handler;
  return original === undefined ? handler : { ...handler, fetch: wrap(original as FetchFunction<unknown>, handler) };
}

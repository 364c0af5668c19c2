// What a site says to have its pages personalized by its own Worker. These types are the package's: they name nothing of the
// inside, so that they stand by themselves.

/** The Worker of a Nowcast as a service binding. */
export interface NowcastService {
  fetch(request: Request): Promise<Response>;
}

/** Where Nowcast is, and on whose behalf it is asked. */
export type NowcastAddress =
  | {
      /** `[[services]] binding = "NOWCAST", service = "nowcast", entrypoint = "Middleware"`: who has it needs no key. */
      readonly service: NowcastService;
      readonly url?: undefined;
      readonly key?: undefined;
    }
  | {
      /** Its API, such as `https://nowcast.example.com`, with the base path where it has one. */
      readonly url: string;
      /** A secret key. It stays in the Worker. */
      readonly key: string;
      readonly service?: undefined;
    };

export interface NowcastSettings {
  /**
   * The public key that pages carry: with it they load Nowcast's script, which tells of impressions and clicks. Without one there
   * is no script.
   */
  readonly pageKey?: string;
  /** Below this path the site's own host passes on to Nowcast, for the script and its events. Default `/_nowcast`; null: nothing does. */
  readonly basePath?: string | null;
  /** HTML of the templates that slots name by `data-template`. */
  readonly templates?: Readonly<Record<string, string>>;
  /** Which slots pages have, by path, so that a decision starts before the page does. Without it that is learnt from visits. */
  readonly slots?: Readonly<Record<string, readonly string[]>>;
  /** Milliseconds that a slot waits for its decision, from the request on. Default 50. */
  readonly budgetMs?: number;
  /** Nobody is told from others before they have agreed to it. Default false. */
  readonly requireConsent?: boolean;
}

export type NowcastOptions = NowcastAddress & NowcastSettings;

/** Options, or how they come from a Worker's bindings. */
export type OptionsOf<Env> = NowcastOptions | ((env: Env) => NowcastOptions);

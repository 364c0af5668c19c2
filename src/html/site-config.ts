// The run-time configuration of a site: one JSON document, written rarely and read everywhere. What stands in it is checked
// here, whole, when it is pushed and again when an isolate reads it; everything behind trusts its types.
import * as z from "zod";
import { audiencesSchema } from "./audience-schema.ts";
import { editsSchema } from "./edit-schema.ts";
import { experimentsSchema } from "./experiment-schema.ts";
import { gatesSchema, identitySchema } from "./identity-schema.ts";
import { cacheSchema, pagesSchema, slotsSchema, templatesSchema } from "./page-schema.ts";
import { guardedPath, PathTable } from "./path-pattern.ts";
import { routesSchema } from "./route-schema.ts";
import { redirectLoop } from "./routing.ts";

const parts = z.strictObject({
  /** Counts up with every change; 0 before the first. */
  version: z
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER - 1)
    .default(0),
  templates: templatesSchema.default({}),
  slots: slotsSchema.default({}),
  pages: pagesSchema.default({}),
  audiences: audiencesSchema.default({}),
  experiments: experimentsSchema.default({}),
  edits: editsSchema.default([]),
  routes: routesSchema.default([]),
  identity: identitySchema.default({ requireConsent: false }),
  gates: gatesSchema.default({}),
  cache: cacheSchema.default({}),
});

export const siteConfigSchema = parts.superRefine(checkReferences).meta({ id: "SiteConfig" });

export type SiteConfig = z.infer<typeof siteConfigSchema>;

/** What holds for a site without a document: slots of the page's own, no edits, no copies. */
export const EMPTY_SITE_CONFIG: SiteConfig = siteConfigSchema.parse({});

/** Where isolates read the document from. */
export const siteConfigKey = (site: string): string => `config:${site}`;

type Path = (string | number)[];

/** Names that lead nowhere would be silently ignored: they are refused. */
function checkReferences(config: z.infer<typeof parts>, context: z.RefinementCtx): void {
  const { templates, slots, audiences, experiments, edits, routes, gates, identity } = config;
  const refuse = (path: Path, message: string): void => {
    context.addIssue({ code: "custom", path, message });
  };
  const known = (path: Path, name: string | undefined, among: object, what: string): void => {
    if (name !== undefined && !Object.hasOwn(among, name)) refuse(path, `must be one of the ${what} of this document`);
  };
  for (const [name, { template }] of Object.entries(slots)) {
    known(["slots", name, "template"], template, templates, "templates");
  }
  for (const [name, { audience }] of Object.entries(experiments)) {
    known(["experiments", name, "audience"], audience, audiences, "audiences");
  }
  for (const [part, rules] of [["edits", edits] as const, ["routes", routes] as const]) {
    rules.forEach(({ audience, experiment, variant }, index) => {
      known([part, index, "audience"], audience, audiences, "audiences");
      known([part, index, "experiment"], experiment, experiments, "experiments");
      if ((experiment === undefined) !== (variant === undefined)) {
        refuse([part, index, "variant"], "needs an `experiment`, and an `experiment` needs a `variant`");
      }
      const variants = experiment === undefined ? undefined : experiments[experiment]?.variants;
      if (variants) known([part, index, "variant"], variant, variants, "variants of the experiment");
    });
  }
  const redirects = [
    ...routes.map(({ path, redirect, ...whom }, index) => ({
      at: ["routes", index],
      patterns: [path],
      redirect,
      whom,
    })),
    ...edits.map(({ pages, redirect, ...whom }, index) => ({ at: ["edits", index], patterns: pages, redirect, whom })),
  ].flatMap(({ at, patterns, redirect, whom }) =>
    redirect === undefined ? [] : patterns.map((pattern) => ({ at, pattern, to: redirect.to, ...whom })),
  );
  const loop = redirects[redirectLoop(redirects)];
  if (loop !== undefined) refuse([...loop.at, "redirect", "to"], "leads back to where it began, by the redirects here");
  const gated = new PathTable(Object.entries(gates).map(([pattern, gate]) => [pattern.toLowerCase(), !gate.open]));
  for (const [pattern, { login }] of Object.entries(gates)) {
    if (login !== undefined && gated.find(guardedPath(login.split(/[?#]/, 1)[0] as string))) {
      refuse(["gates", pattern, "login"], "must not be behind a gate itself");
    }
  }
  if (Object.keys(gates).length > 0 && identity.jwt === undefined) {
    refuse(["gates"], "need `identity.jwt`, by which visitors prove who they are");
  }
}

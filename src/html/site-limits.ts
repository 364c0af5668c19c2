// Limits of a site's run-time configuration, in one place: part of the public contract, named in the errors.

export const SITE_LIMITS = {
  /** Of the whole document as JSON: isolates hold it, and read it again when it changes. */
  bytes: 256 * 1024,
  nameBytes: 64,
  pathBytes: 1024,
  urlBytes: 2048,
  /** Of a template, or of HTML or CSS that an edit puts in. */
  htmlBytes: 32 * 1024,
  textBytes: 4096,
  selectorBytes: 256,
  templates: 100,
  slots: 200,
  slotsPerPage: 20,
  pages: 500,
  audiences: 200,
  experiments: 100,
  variants: 10,
  edits: 200,
  changesPerEdit: 50,
  routes: 200,
  gates: 100,
  /** Values of one condition of an audience, paths of an edit, names of cookies and parameters. */
  values: 100,
  claims: 20,
  cacheSeconds: 86_400,
  clockToleranceSeconds: 300,
} as const;

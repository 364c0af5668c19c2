// Keeps the local server silent. Imported before wrangler, which reads the log level once, when it is loaded.

// Otherwise every delivery of a queue prints a line into the report of the tests.
process.env.WRANGLER_LOG = "error";
// Otherwise miniflare asks the network what `Request.cf` looks like, and warns when nobody answers.
process.env.CLOUDFLARE_CF_FETCH_ENABLED = "false";

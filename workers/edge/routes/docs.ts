// GET /docs: the OpenAPI document as a page, rendered by RapiDoc from the Worker's own assets.
import { ProblemError } from "../../../src/http/problem.ts";
import type { EdgeContext } from "../context.ts";

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Nowcast API</title>
<script type="module" src="docs/rapidoc-min.js"></script>
</head>
<body>
<rapi-doc spec-url="openapi.json" render-style="read" theme="light" primary-color="#0b6e4f" show-header="false"
  allow-authentication="true" allow-server-selection="false" load-fonts="false" schema-style="table"
  regular-font="system-ui, sans-serif" mono-font="ui-monospace, monospace"></rapi-doc>
</body>
</html>`;

export function getDocs(c: EdgeContext): Response {
  return c.html(PAGE) as Response;
}

/** The page's script, from the static assets. */
export async function getDocsAsset(c: EdgeContext): Promise<Response> {
  const file = await c.env.ASSETS.fetch(new URL(c.req.path, "https://assets.local"));
  if (file.status === 404) throw new ProblemError(404, "not_found", `There is nothing at ${c.req.path}.`);
  return file;
}

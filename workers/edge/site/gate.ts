// Paths that need the site's JWT: who comes without one is sent to log in, or told that it is needed.
import type { GateConfig } from "../../../src/html/identity-schema.ts";
import { ProblemError, problemResponse } from "../../../src/http/problem.ts";
import { claimsHold, type JwtVerdict } from "../../../src/http/site-jwt.ts";

/** The answer instead of the page, or null for one who may pass. */
export function gateAnswer(gate: GateConfig, verdict: JwtVerdict, request: Request): Response | null {
  if (verdict.problem === undefined) {
    if (claimsHold(verdict.claims, gate.claims ?? {})) return null;
    return refusal(new ProblemError(403, "claims_missing", "The token does not carry what this page asks for."));
  }
  const { login } = gate;
  if (login !== undefined && (request.method === "GET" || request.method === "HEAD")) {
    const { pathname, search, origin } = new URL(request.url);
    // The login page will lead there: a path of two slashes would be another host.
    const asked = `${pathname.replace(/^\/{2,}/, "/")}${search}`;
    const location = new URL(
      login.replaceAll("{url}", () => encodeURIComponent(asked)),
      origin,
    ).href;
    return new Response(null, { status: 302, headers: { location, "cache-control": "private, no-store" } });
  }
  return refusal(
    new ProblemError(401, `jwt_${verdict.problem}`, "This page needs a valid token of the site.", {
      headers: { "www-authenticate": "Bearer" },
    }),
  );
}

function refusal(problem: ProblemError): Response {
  const response = problemResponse(problem);
  response.headers.set("cache-control", "private, no-store");
  return response;
}

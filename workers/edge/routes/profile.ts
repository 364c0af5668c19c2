// GET /v1/users/{id}/profile: the live profile and what is derived from it.
import { profileOfSite } from "../../../nowcast.config.ts";
import { ProblemError } from "../../../src/http/problem.ts";
import { mergeBatch } from "../../../src/profile/batch-merge.ts";
import { describeProfile } from "../../../src/profile/describe.ts";
import { profileOf } from "../../../src/profile/fold.ts";
import { intentsOf } from "../../../src/profile/intents.ts";
import type { Profile } from "../../../src/profile/profile.ts";
import { decodeState } from "../../../src/profile/state-codec.ts";
import type { VisitorView } from "../../../src/profile/view.ts";
import { decodeView, encodeView } from "../../../src/profile/view-codec.ts";
import type { EdgeContext } from "../context.ts";
import { KIND_NAMES, mayFollow, visitorOfPath } from "../known-visitor.ts";
import { nameOfVisitor } from "../object-names.ts";
import { stateOf } from "../objects.ts";

export async function getProfile(c: EdgeContext): Promise<Response> {
  const visitor = await visitorOfPath(c);
  const name = await nameOfVisitor(c, visitor);
  const stored = await stateOf(c.env.VISITOR_PROFILE, name, mayFollow(c, visitor));
  if (stored === null) throw new ProblemError(404, "visitor_unknown", "Nothing is known of this visitor.");
  const state = decodeState(stored);
  const config = profileOfSite(c.get("credential").site);
  const profile = profileOf(state, config);
  const now = Date.now();
  const viewBytes = encodeView(profile, now, config.sessionTimeoutMs);
  const view = decodeView(viewBytes);
  return c.json(
    {
      id: visitor.id,
      kind: KIND_NAMES[visitor.kind],
      profile: {
        ...describeProfile(profile, now),
        batch: profile.batch === null ? null : mergeBatch(profile, profile.batch, now),
        late: state.late,
      },
      features: derived(profile, view, { "profile.bytes": stored.length, "view.bytes": viewBytes.length }),
      intents: intentsOf(view, now),
    },
    200,
    { "cache-control": "private, no-store" },
  );
}

/** What decisions derive from the profile, for people to look at. */
function derived(profile: Profile, view: VisitorView, sizes: Readonly<Record<string, number>>) {
  const { session, touches, shown, cart } = profile;
  return {
    "session.active": view.session !== null,
    "session.lengthMs": session === null ? 0 : session.lastAt - session.startedAt,
    "session.dwellMs": session?.dwellMs ?? 0,
    "touches.count": touches.length,
    "touches.items": new Set(touches.map(({ itemId }) => itemId)).size,
    "shown.count": shown.reduce((sum, { items }) => sum + items.length, 0),
    "cart.items": cart.length,
    ...sizes,
  };
}

// GET /v1/users/{id}/profile: the live profile and what is derived from it.
import { profile as profileConfig } from "../../../nowcast.config.ts";
import { ProblemError } from "../../../src/http/problem.ts";
import { mergeBatch } from "../../../src/profile/batch-merge.ts";
import { describeProfile } from "../../../src/profile/describe.ts";
import { profileOf } from "../../../src/profile/fold.ts";
import { intentsOf } from "../../../src/profile/intents.ts";
import type { Profile } from "../../../src/profile/profile.ts";
import { decodeState } from "../../../src/profile/state-codec.ts";
import { decodeView, encodeView } from "../../../src/profile/view-codec.ts";
import type { EdgeContext } from "../context.ts";
import { KIND_NAMES, visitorOfPath } from "../known-visitor.ts";
import { nameOfVisitor } from "../object-names.ts";
import { stateOf } from "../objects.ts";

export async function getProfile(c: EdgeContext): Promise<Response> {
  const visitor = await visitorOfPath(c);
  const name = await nameOfVisitor(c, visitor);
  const stored = await stateOf(c.env.VISITOR_PROFILE, name);
  if (stored === null) throw new ProblemError(404, "visitor_unknown", "Nothing is known of this visitor.");
  const state = decodeState(stored);
  const profile = profileOf(state, profileConfig);
  const now = Date.now();
  return c.json(
    {
      id: visitor.id,
      kind: KIND_NAMES[visitor.kind],
      profile: {
        ...describeProfile(profile, now),
        batch: profile.batch === null ? null : mergeBatch(profile, profile.batch, now),
        late: state.late,
      },
      features: derived(profile, stored.length, now),
      intents: intentsOf(viewOf(profile, now), now),
    },
    200,
    { "cache-control": "private, no-store" },
  );
}

const viewOf = (profile: Profile, now: number) => decodeView(encodeView(profile, now, profileConfig.sessionTimeoutMs));

/** What decisions derive from the profile, for people to look at. */
function derived(profile: Profile, profileBytes: number, now: number) {
  const { session, touches, shown, cart } = profile;
  return {
    "session.active": viewOf(profile, now).session !== null,
    "session.lengthMs": session === null ? 0 : session.lastAt - session.startedAt,
    "session.dwellMs": session?.dwellMs ?? 0,
    "touches.count": touches.length,
    "touches.items": new Set(touches.map(({ itemId }) => itemId)).size,
    "shown.count": shown.reduce((sum, { items }) => sum + items.length, 0),
    "cart.items": cart.length,
    "profile.bytes": profileBytes,
    "view.bytes": encodeView(profile, now, profileConfig.sessionTimeoutMs).length,
  };
}

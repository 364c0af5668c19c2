// Anonymous visitors become part of users: when a caller that may vouch for it names both ids at once.
import type { EdgeContext } from "./context.ts";

/** What became of an anonymous id, as clients see it. */
export interface IdentityNote {
  readonly anonymousId: string;
  /**
   * `merged`: both ids lead to one profile. `pending`: they will, shortly. `rotated`: the id belongs to another user (a
   * device that several people use), so that this user needs an id of their own: `newAnonymousId`.
   */
  readonly status: "merged" | "pending" | "rotated";
  readonly newAnonymousId?: string;
}

/** The id stays with the user whose it is; this one gets an id of their own. */
export function rotatedIdentity(anonymousId: string): IdentityNote {
  return { anonymousId, status: "rotated", newAnonymousId: crypto.randomUUID() };
}

/** @param user object name of the user */
export async function mergeVisitor(
  c: EdgeContext,
  anonymous: { readonly id: string; readonly name: string },
  user: string,
): Promise<IdentityNote> {
  const anonymousId = anonymous.id;
  try {
    const { moved, arrived } = await c.env.VISITOR_PROFILE.getByName(anonymous.name).mergeInto(anonymous.name, user);
    if (moved !== user) return rotatedIdentity(anonymousId);
    return { anonymousId, status: arrived ? "merged" : "pending" };
  } catch (error) {
    // The next event that names both ids tries again.
    console.error({ message: "a merge could not begin", error: String(error) });
    return { anonymousId, status: "pending" };
  }
}

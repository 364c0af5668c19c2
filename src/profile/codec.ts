// How a profile is kept: JSON with its version. A profile of a version that this code does not know is refused, not
// guessed at.
import { emptyProfile, type Profile } from "./profile.ts";

export function encodeProfile(profile: Profile): string {
  return JSON.stringify(profile);
}

/** @throws RangeError when the text is not a profile of a known version */
export function decodeProfile(text: string): Profile {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null || !("version" in value) || value.version !== 1) {
    throw new RangeError("the stored profile has an unknown version");
  }
  return { ...emptyProfile(), ...(value as Profile) };
}

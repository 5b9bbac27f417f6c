/** The versions whose fields are known here; a newer 3.x is treated as the newest of them. */
export const newestTraefik = "3.7";

/** `3.6` or `3.6.15`: the version of the oldest Traefik that will read the document. */
export const versionPattern = /^3\.\d{1,3}(\.\d{1,3})?$/;

/** The newest Traefik that was tried; 3.7 without a third number means this one. */
export const triedTraefik = "3.7.15";

/**
 * Whether a Traefik of `version` has what came with `since`; both are `3.x` or `3.x.y`. A version without its third number
 * means its first release, except for the newest minor version, where it means the newest that was tried.
 */
export function knows(version: string, since: string): boolean {
  const [minor, patch] = parts(version === newestTraefik ? triedTraefik : version);
  const [firstMinor, firstPatch] = parts(since);
  return minor > firstMinor || (minor === firstMinor && patch >= firstPatch);
}

function parts(version: string): [minor: number, patch: number] {
  const [, minor = "0", patch = "0"] = version.split(".");
  return [Number(minor), Number(patch)];
}

import { hostname, userInfo } from "node:os";

/** Who runs a verb: `ann@ops-1`. */
export function whoRuns(): string {
  return `${nameOfUser()}@${hostname()}`.slice(0, 80);
}

function nameOfUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may have no name for its user.
    return `user ${process.getuid?.()}`;
  }
}

import { onTestFinished } from "vitest";
import { follow } from "../../../server/follow.ts";
import { ground, type Rollcall, startRollcall } from "./rollcall.ts";

/** A follower on a ground of its own; both end with the test. */
export async function startFollower(...upstreams: readonly unknown[]): Promise<Rollcall> {
  const own = ground();
  const follower = await startRollcall(own, "/nowhere", { follow: upstreams, traefik: { version: "3.7" } }, follow);
  onTestFinished(async () => {
    await follower.stop();
    own.clear();
  });
  return follower;
}

import { realParts } from "./parts.ts";

/** Says once, at the end of a run, what the tests on real parts were skipped for; their titles say it too. */
export async function setup() {
  const lxd = await realParts();
  return () => {
    if (lxd.missing !== undefined) console.log(`\nThe tests on a real LXD and Traefik were skipped: ${lxd.missing}`);
  };
}

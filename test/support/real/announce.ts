import { realParts } from "./parts.ts";
import { realTerraform } from "./terraform-parts.ts";

/** Says once, at the end of a run, what the tests on real parts were skipped for; their titles say it too. */
export async function setup() {
  const lxd = await realParts();
  const terraform = lxd.missing === undefined ? await realTerraform() : undefined;
  return () => {
    const missing = lxd.missing ?? terraform?.missing;
    const what = lxd.missing === undefined ? "deploys by Terraform" : "a real LXD, Traefik and Terraform";
    if (missing !== undefined) console.log(`\nThe tests on ${what} were skipped: ${missing}`);
  };
}

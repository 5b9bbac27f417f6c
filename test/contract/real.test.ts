import { describe } from "vitest";
import { createDriver } from "../../embedded-daemon/driver.ts";
import { opensslMissing } from "../support/network/certificates.ts";
import { realDaemonOfEach, titled } from "../support/real/parts.ts";
import { restrictedTo } from "../support/real/restricted.ts";
import { daemonContract } from "./contract.ts";

/** The one that the certificates are restricted to. */
const project = "rollcall-contract";
const noOpenssl = await opensslMissing();

for (const { platform, title, socket, missing } of await realDaemonOfEach()) {
  const real = { platform, socket, guestPort: 3000, toldAfter: 300 };
  describe.skipIf(missing !== undefined)(titled(`a real ${title}`, missing), () => {
    daemonContract(title, async () => ({ ...real, cleanup: async () => {} }));
  });
  const why = missing ?? noOpenssl;
  describe.skipIf(why !== undefined)(titled(`a real ${title} by https, with a restricted certificate`, why), () => {
    daemonContract(`${title} by https`, async () => {
      const admin = createDriver(socket);
      const isThere = await admin.ask("GET", `/projects/${project}`).catch(() => undefined);
      if (!isThere) await admin.createProject(project);
      const { endpoint, close } = await restrictedTo(socket, project);
      const cleanup = async () => {
        await close();
        await admin.removeProject(project);
        await admin.close();
      };
      return { ...real, far: { endpoint, project }, cleanup };
    });
  });
}

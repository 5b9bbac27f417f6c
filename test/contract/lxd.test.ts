import { describe } from "vitest";
import { realLxd, titled } from "../support/real/parts.ts";
import { daemonContract } from "./contract.ts";

const { socket, missing } = await realLxd();

describe.skipIf(missing !== undefined)(titled("real LXD", missing), () => {
  daemonContract("LXD", async () => ({ socket, guestPort: 3000, toldAfter: 300, cleanup: async () => {} }));
});

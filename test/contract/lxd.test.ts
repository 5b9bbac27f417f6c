import { describe } from "vitest";
import { daemonContract } from "./contract.ts";

const socket = process.env.ROLLCALL_TEST_LXD;
const title =
  socket === undefined
    ? "real LXD (skipped: ROLLCALL_TEST_LXD names no socket; lab/lxd.sh up starts one)"
    : `real LXD at ${socket}`;

describe.skipIf(socket === undefined)(title, () => {
  daemonContract("LXD", async () => ({ socket: socket ?? "", guestPort: 3000, cleanup: async () => {} }));
});

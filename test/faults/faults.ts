import { daemonFaults, eventFaults, listingFaults } from "./daemon-faults.ts";
import { instanceFaults, portFaults } from "./instance-faults.ts";
import { realFaults } from "./real-faults.ts";
import { drainFaults, fileFaults, pollerFaults, serverFaults } from "./server-faults.ts";
import type { Fault } from "./stage.ts";

/** The part whose rows are made on a real LXD. */
export const onReal = "On a real LXD";

/** Every fault, by what goes wrong. Each part has a server of its own. */
export const faults: Readonly<Record<string, readonly Fault[]>> = {
  "What LXD lists": listingFaults,
  "LXD itself": daemonFaults,
  Events: eventFaults,
  Instances: instanceFaults,
  "What answers at a replica's address": portFaults,
  Files: fileFaults,
  "The server": serverFaults,
  Pollers: pollerFaults,
  Drains: drainFaults,
  [onReal]: realFaults,
};

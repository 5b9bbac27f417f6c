import { daemonFaults, eventFaults, listingFaults } from "./daemon-faults.ts";
import { instanceFaults, portFaults } from "./instance-faults.ts";
import { drainFaults, fileFaults, pollerFaults, serverFaults } from "./server-faults.ts";
import type { Fault } from "./stage.ts";

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
};

import { createEmbeddedDaemon } from "../../embedded-daemon/daemon.ts";
import type { ListingFault } from "../../embedded-daemon/faults.ts";
import { pause } from "../attack/siege.ts";
import type { Fault, Stage } from "./stage.ts";

/** What LXD answers, and what its event stream does. */

interface Listed {
  name: string;
  status: string;
  config: Record<string, string>;
  expanded_config: Record<string, string>;
  state: { network: Record<string, { addresses: { family: string; address: string; scope: string }[] }> | null } | null;
}
export type Change = (all: Listed[]) => Listed[];

/** Every listing is changed in that way until the answer is called. */
export function lie(at: Stage, change: Change): () => void {
  let isLying = true;
  const next = () =>
    at.lxd.faults.nextListing({
      rewrite(body) {
        if (!isLying) return body;
        next();
        const listing = JSON.parse(body) as { metadata: Listed[] };
        return JSON.stringify({ ...listing, metadata: change(listing.metadata) });
      },
    });
  next();
  return () => {
    isLying = false;
  };
}

/** The next `times` listings go wrong. */
function listing(name: string, fault: ListingFault, times = 1): Fault {
  return {
    name: `LXD's listing ${name}`,
    async happen(at) {
      at.lxd.faults.nextListing(fault, times);
      for (let n = 0; n < times; n++) await at.look();
    },
  };
}

/** Listings say something else for three seconds. */
export function lying(name: string, change: Change, more: Partial<Fault> = {}): Fault {
  let stop = () => {};
  return {
    name,
    async happen(at) {
      stop = lie(at, change);
      for (let n = 0; n < 3; n++) {
        await at.look();
        await pause(1000);
      }
    },
    async end(at) {
      stop();
      await at.look();
    },
    ...more,
  };
}

const addressed =
  (name: string, address: string): Change =>
  (all) =>
    all.map((one) => {
      for (const each of (one.name === name && one.state?.network?.eth0?.addresses) || [])
        if (each.scope === "global") each.address = address;
      return one;
    });

export const listingFaults: readonly Fault[] = [
  listing("is an error 500", "error-500"),
  listing("is an error 500 five times", "error-500", 5),
  listing("is an error 403", { status: 403, body: '{"type":"error","error":"not authorized","error_code":403}' }),
  listing("is cut", "cut"),
  listing("is cut three times", "cut", 3),
  listing("is cut after 300 bytes", { cutAt: 300 }),
  listing("is HTML", "not-json"),
  listing("is of another shape", "wrong-shape"),
  listing("is empty", "empty"),
  listing("is empty three times", "empty", 3),
  lying("LXD's listing is empty for three seconds", () => []),
  listing("lacks half", {
    rewrite: (body) => {
      const whole = JSON.parse(body) as { metadata: Listed[] };
      return JSON.stringify({ ...whole, metadata: whole.metadata.filter((_, index) => index % 2 === 0) });
    },
  }),
  lying("LXD's listing lacks all but two for three seconds", (all) => all.slice(0, 2)),
  lying("LXD's listing has other instances for three seconds", (all) =>
    all.map((one) => ({ ...one, name: `x${one.name}` })),
  ),
  lying("LXD's listing has nobody's network for three seconds", (all) =>
    all.map((one) => ({ ...one, state: one.state && { ...one.state, network: null } })),
  ),
  lying("LXD's listing has no state of web-0 for three seconds", (all) =>
    all.map((one) => (one.name === "web-0" ? { ...one, state: null } : one)),
  ),
  listing("has no state of anyone", {
    rewrite: (body) => {
      const whole = JSON.parse(body) as { metadata: Listed[] };
      return JSON.stringify({ ...whole, metadata: whole.metadata.map((one) => ({ ...one, state: null })) });
    },
  }),
  lying(
    "web-0 shows the address of api-0 for three seconds",
    (all) => {
      const [other] = all.find(({ name }) => name === "api-0")?.state?.network?.eth0?.addresses ?? [];
      return addressed("web-0", other?.address ?? "")(all);
    },
    { concerns: ["web-0"], within: 15 },
  ),
  lying("web-1 shows a loopback address for three seconds", addressed("web-1", "127.0.0.1"), {
    concerns: ["web-1"],
    within: 15,
  }),
];

export const daemonFaults: readonly Fault[] = [
  {
    name: "LXD hangs within one listing",
    async happen(at) {
      at.lxd.faults.nextListing("hang");
      await at.driver.setConfig("api-0", { "user.note": "hang" });
      await pause(3000);
    },
    within: 25,
  },
  {
    name: "LXD accepts and answers nothing for three seconds (SIGSTOP)",
    async happen(at) {
      at.lxd.faults.hangAll = true;
      await pause(3000);
    },
    async end(at) {
      at.lxd.faults.hangAll = false;
    },
  },
  {
    name: "LXD is away for three seconds",
    async happen(at) {
      await at.lxd.goAway();
      await pause(3000);
    },
    end: (at) => at.lxd.comeBack(),
  },
  {
    name: "LXD goes and comes five times",
    async happen(at) {
      for (let n = 0; n < 5; n++) {
        await at.lxd.goAway();
        await pause(200);
        await at.lxd.comeBack();
        await pause(200);
      }
    },
  },
  {
    name: "another daemon without instances answers at the socket for three seconds",
    async happen(at) {
      await at.lxd.goAway();
      const other = await createEmbeddedDaemon({ socket: at.lxd.socket, serve: false, name: "other" });
      await pause(3000);
      await other.close();
    },
    end: (at) => at.lxd.comeBack(),
  },
  {
    name: "LXD takes 1.5 s for each listing",
    async happen(at) {
      at.lxd.faults.listingDelay = 1500;
      await at.look();
      await at.look();
    },
    async end(at) {
      at.lxd.faults.listingDelay = 0;
    },
  },
  ...[["web-1"], ["web-0", "web-1", "web-2", "api-0", "api-1", "db-0"]].map(
    (names): Fault => ({
      name: `the cluster member of ${names.length === 1 ? "web-1" : "everyone"} is offline for three seconds (Error)`,
      async happen(at) {
        for (const name of names) at.lxd.faults.errorStubs.add(name);
        await at.look().catch(() => undefined);
        await pause(3000);
      },
      async end(at) {
        at.lxd.faults.errorStubs.clear();
        await at.look();
      },
    }),
  ),
];

/** A restart of web-0, while something is wrong with the events. */
function unheard(name: string, begin: (at: Stage) => void, end: (at: Stage) => void, within = 5): Fault {
  return {
    name: `web-0 restarts while ${name}`,
    async happen(at) {
      begin(at);
      await at.driver.restart("web-0", { force: true });
    },
    async end(at) {
      end(at);
      await pause(0);
    },
    concerns: ["web-0"],
    within,
  };
}

export const eventFaults: readonly Fault[] = [
  {
    name: "every event stream is cut",
    async happen(at) {
      at.lxd.faults.dropStreams();
    },
  },
  {
    name: "event streams are cut twenty times",
    async happen(at) {
      for (let n = 0; n < 20; n++) {
        at.lxd.faults.dropStreams();
        await pause(50);
      }
    },
  },
  unheard(
    "event streams are refused",
    ({ lxd }) => {
      lxd.faults.refuseStreams = true;
      lxd.faults.dropStreams();
    },
    ({ lxd }) => {
      lxd.faults.refuseStreams = false;
    },
    10,
  ),
  unheard(
    "no event is sent",
    ({ lxd }) => {
      lxd.faults.loseEvents = true;
    },
    ({ lxd }) => {
      lxd.faults.loseEvents = false;
    },
    10,
  ),
  unheard(
    "streams are silent",
    ({ lxd }) => {
      lxd.faults.silentStreams = true;
    },
    ({ lxd }) => {
      lxd.faults.silentStreams = false;
    },
    10,
  ),
  unheard(
    "events come late and out of order",
    ({ lxd }) => {
      lxd.faults.reorderEvents = true;
    },
    ({ lxd }) => {
      lxd.faults.reorderEvents = false;
    },
  ),
];

import type { Logger } from "pino";
import { openAccess } from "./access/open-access.ts";
import type { Config } from "./config.ts";
import type { MarkRow } from "./http/mark-rows.ts";
import type { OutputState } from "./outputs/run-output.ts";
import { createInputDigests } from "./peers/inputs.ts";
import { followPeers, type Peers } from "./peers/peers.ts";
import { createTell } from "./peers/tell.ts";
import { answerReader, placeOf } from "./peers/wire.ts";
import { markKey } from "./roll-call/marks.ts";
import type { InstanceSource } from "./sources/source.ts";
import type { Walk } from "./walk.ts";

export interface RunPeersOptions {
  readonly config: Config;
  readonly version: string;
  readonly walk: Walk;
  readonly sources: readonly InstanceSource[];
  readonly outputs: () => readonly OutputState[];
  /** How far drains are among this server's own Traefiks. */
  readonly ownMarks: () => readonly MarkRow[];
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Shares with the peers of a server: it follows them, and `tell` is what they are told. */
export function runPeers(options: RunPeersOptions) {
  const { config, version, walk, sources, outputs, ownMarks, log, signal } = options;
  const { sharing } = walk;
  const digests = createInputDigests(settingsOf(config, version), config.routes);
  const own = () => ({ version: walk.publisher.current().version, inputs: digests(walk.inputs()) });
  function accept(source: string) {
    log.info({ source }, "what the listings of a source say is accepted, as at a peer");
    sources.find(({ name }) => name === source)?.accept();
  }
  const peers: Peers = followPeers({
    ways: config.peers.map(openAccess),
    ...{ sharing, own, accept, adopt: walk.adopt, log, signal },
    read: answerReader(config.traefik.version),
  });
  function marks() {
    const drains = walk.marks.current();
    const rows = new Map(ownMarks().map((row) => [markKey(row), row]));
    return [...sharing.current().marks].map(([key, entry]) => {
      const [drain, row] = [drains.get(key), rows.get(key)];
      return [key, { ...entry, ...(drain && row && { drain, step: row.step, detail: row.detail }) }] as const;
    });
  }
  const state = () => ({
    ...{ id: sharing.id, ...own(), asks: peers.asks(), marks: new Map(marks()) },
    outputs: outputs().flatMap(({ state, target }) => (state === "standby" ? [] : [placeOf(target)])),
    ...{ accepts: sharing.current().accepts, remembered: walk.remembered() },
  });
  return { ...peers, tell: createTell({ state, groups: () => walk.inputs().declared.groups, signal }) };
}

/** The settings that decide what is served, by name. Where a source is reached may differ. */
function settingsOf({ gate, traefik, sources }: Config, version: string) {
  const ofSources = sources.map(({ name, projects, address, labels, guard }) => {
    return [`sources.${name}`, { projects, address, labels, guard }] as const;
  });
  const { version: traefikVersion, uses } = traefik;
  const others = { gate, "traefik.version": traefikVersion, "traefik.uses": uses, "rollcall's version": version };
  return { ...others, ...Object.fromEntries(ofSources) };
}

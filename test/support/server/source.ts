import { pino } from "pino";
import { createLxdSource, type LxdSourceOptions } from "../../../server/platform/lxd-source.ts";
import type { Instance, Listing, SourceState } from "../../../server/roll-call/observed.ts";
import type { InstanceSource } from "../../../server/sources/source.ts";

/** A source that looks at project `default` of a daemon, and what it reported last. */
export interface Watched extends AsyncDisposable {
  readonly source: InstanceSource;
  listing(): Listing | undefined;
  instance(name: string): Instance | undefined;
  log(): string;
}

/** It looks when events say so, and otherwise never. */
export function watchSource(socket: string, options: Partial<LxdSourceOptions> = {}): Watched {
  const stop = new AbortController();
  let seen: SourceState = new Map();
  const lines: string[] = [];
  const source = createLxdSource({
    name: "local",
    socket,
    projects: ["default"],
    address: { family: "ipv4", subnet: undefined },
    guard: "50%",
    resync: 3_600_000,
    onLook: () => {},
    log: pino({}, { write: (line: string) => void lines.push(line) }),
    ...options,
  });
  const ended = source.run((state) => {
    seen = state;
  }, stop.signal);
  return {
    source,
    listing: () => seen.get("default"),
    instance: (name) => seen.get("default")?.instances?.get(name),
    log: () => lines.join(""),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}

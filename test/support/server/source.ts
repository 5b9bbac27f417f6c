import { pino } from "pino";
import { createDaemonSource, type DaemonSourceOptions } from "../../../server/platform/daemon-source.ts";
import type { Instance, Listing, SourceState } from "../../../server/roll-call/observed.ts";
import type { InstanceSource } from "../../../server/sources/source.ts";

/** A source that looks at one project of a daemon, `default` unless said otherwise, or at all, and what it reported last. */
export interface Watched extends AsyncDisposable {
  readonly source: InstanceSource;
  listing(project?: string): Listing | undefined;
  instance(name: string): Instance | undefined;
  log(): string;
}

/** It looks when events say so, and otherwise never. */
export function watchSource(socket: string, options: Partial<DaemonSourceOptions> = {}): Watched {
  const stop = new AbortController();
  let seen: SourceState = new Map();
  const lines: string[] = [];
  const source = createDaemonSource({
    name: "local",
    endpoint: { socket },
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
  const [project = "default"] = options.projects === "all" ? [] : (options.projects ?? []);
  return {
    source,
    listing: (of = project) => seen.get(of),
    instance: (name) => seen.get(project)?.instances?.get(name),
    log: () => lines.join(""),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}

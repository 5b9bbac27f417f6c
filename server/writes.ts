import type { Logger } from "pino";
import { steadyNow } from "../files/steady-now.ts";
import { errorWords } from "../files/system-error.ts";
import { labelledMembers } from "./document/instance-rows.ts";
import type { Token } from "./http/token.ts";
import type { Writes } from "./http/writes.ts";
import { drain, takeBack } from "./marks/drains.ts";
import type { Fleet } from "./marks/targets.ts";
import type { InstanceSource } from "./sources/source.ts";
import type { Walk } from "./walk.ts";

export interface WritesOptions {
  readonly walk: Walk;
  readonly sources: readonly InstanceSource[];
  readonly token: Token;
  readonly tell?: NonNullable<Writes["tell"]>;
  readonly log: Logger;
}

/** What the admin listener can change: the marks of a walk, and what its sources take. */
export function createWrites({ walk, sources, token, tell, log }: WritesOptions): Writes {
  const fleet = (): Fleet => ({
    plan: walk.outcome().plan,
    labelled: labelledMembers(walk.outcome().composed.labelled),
    observed: walk.inputs().listings,
    marks: walk.marks.current(),
    sources: sources.map(({ name }) => name),
  });
  function accepted(source: InstanceSource) {
    source.accept();
    walk.sharing.accept(source.name);
  }
  return {
    token,
    drain: (asked) => drain(asked, fleet(), walk.marks, steadyNow()),
    takeBack: (targets, ifPresent) => takeBack(targets, fleet(), walk.marks, ifPresent),
    accept: new Map(sources.map((source) => [source.name, () => accepted(source)])),
    ...(tell && { tell }),
    kept: walk.kept,
    log,
  };
}

/** Reads or makes the token. A disk that is full keeps no server from serving: it refuses writes until the token can be made. */
export async function openToken(token: { read(): Promise<string> }, log: Pick<Logger, "error">): Promise<void> {
  await token.read().catch((error: NodeJS.ErrnoException) => {
    if (!["ENOSPC", "EDQUOT", "EROFS"].includes(error.code ?? "")) throw error;
    log.error({ problem: errorWords(error) }, "no token could be made: drains are refused until it can be");
  });
}

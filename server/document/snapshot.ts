import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { encode } from "../../traefik/encode.ts";
import { documentOf } from "../../traefik/objects/document.ts";
import { markKey } from "../roll-call/marks.ts";
import { membersOf, type Plan, servedInstances, type Waiting } from "../roll-call/plan.ts";
import { type Composed, compose } from "./compose.ts";

/** What every poller is answered, made once. */
export interface Snapshot {
  readonly status: 200 | 423;
  readonly type: "application/json" | "application/problem+json";
  readonly body: Buffer;
  readonly gzip: Buffer;
  /** SHA-256 of the body, in hex. Equal versions are equal bytes. */
  readonly version: string;
  /** The value of `Rollcall-Waiting`, empty if nothing is waited for. */
  readonly waiting: string;
  /** The value of `Rollcall-Stale`: the sources whose served state may be old. */
  readonly stale: string;
  /** Every served replica and instance with its address. One that is no longer in it was removed. */
  readonly served: ReadonlySet<string>;
  /** The served instances, by `markKey`. */
  readonly instances: ReadonlySet<string>;
}

/** Freezes a plan and the objects that are served into bytes. Pure; `before`, the previous answer, only saves work. */
export function snapshot(
  plan: Plan,
  { served }: Pick<Composed, "served"> = compose(plan),
  before: Snapshot | undefined = undefined,
): Snapshot {
  const ready = plan.state === "ready";
  return frozen(
    {
      status: ready ? 200 : 423,
      body: encode(ready ? documentOf(served) : locked(plan.waiting)),
      waiting: headerList(plan.waiting.map(({ group, replica }) => replica ?? group ?? "any group")),
      stale: headerList([...new Set(plan.stale.map(({ source }) => source))]),
      served: new Set(ready ? servedBy(plan) : []),
      instances: new Set(
        ready
          ? servedInstances(plan).map(({ source, project, name: instance }) => markKey({ source, project, instance }))
          : [],
      ),
    },
    before,
  );
}

/** The answer with a body. What is left out of it is empty. */
export function frozen(
  { status, body, gzip, ...others }: Pick<Snapshot, "status" | "body"> & Partial<Snapshot>,
  before: Snapshot | undefined = undefined,
): Snapshot {
  const version = createHash("sha256").update(body).digest("hex");
  const nothing = { waiting: "", stale: "", served: new Set<string>(), instances: new Set<string>() };
  return Object.freeze({
    ...nothing,
    ...others,
    status,
    type: status === 200 ? "application/json" : "application/problem+json",
    body,
    gzip: gzip ?? (before?.version === version ? before.gzip : gzipSync(body)),
    version,
  } satisfies Snapshot);
}

/** RFC 9457. It names everything that is waited for. */
function locked(waiting: readonly Waiting[]) {
  return { type: "urn:rollcall:locked", title: "The roll call is not complete", status: 423, waiting };
}

function servedBy({ groups, labelled }: Plan): string[] {
  const members = groups.flatMap((group) =>
    membersOf(group).map(({ replica, address }) => {
      const { protocol, port } = group.inEffect ?? {};
      return `${group.group.name}/${replica} ${protocol} ${address}:${port}`;
    }),
  );
  const instances = labelled.flatMap(({ source, project, instance, address }) =>
    address === undefined ? [] : [`${source}/${project}/${instance} ${address}`],
  );
  return [...members, ...instances];
}

/** A list that fits in a header: Go's and Node's clients accept a few kilobytes. */
function headerList(names: readonly string[]): string {
  const shown = names.slice(0, 50).join(",");
  return names.length > 50 ? `${shown},+${names.length - 50}` : shown;
}

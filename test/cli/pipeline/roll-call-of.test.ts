import { describe, expect, test } from "vitest";
import { rollCallOf, standingOf } from "../../../cli/standing.ts";
import { compose } from "../../../server/document/compose.ts";
import { snapshot } from "../../../server/document/snapshot.ts";
import type { Status, TraefikStatus } from "../../../server/http/status.ts";
import { statusOf } from "../../../server/http/status-of.ts";
import { noMemory } from "../../../server/roll-call/memory.ts";
import { callRoll } from "../../../server/roll-call/roll-call.ts";
import { noRoutes } from "../../../server/routes/parse-routes.ts";
import { specHashes } from "../../../shared/instance-spec.ts";
import type { DeclaredGroup } from "../../../shared/parse-groups.ts";
import { tags } from "../../../shared/tags.ts";
import { made, spec } from "../../stacks/fleets.ts";
import { declare, instance, noMarks, see } from "../../support/server/literals.ts";

/** What a server says that has read this group, and sees instances made from these. */
function served(group: DeclaredGroup, ...from: DeclaredGroup[]): Status {
  const seen = from.map((one, index) => {
    const keys = { [tags.group]: group.name, [tags.spec]: specHashes(one)(index) ?? "" };
    return instance(`${group.name}-${index}`, { keys });
  });
  const declared = declare(group);
  const { plan } = callRoll(noMemory, declared, see(...seen));
  const parts = {
    plan,
    snapshot: snapshot(plan),
    published: 0,
    settling: false,
    declared,
    routes: noRoutes,
    composed: compose(plan),
    stateProblem: undefined,
    listeners: [],
    ...noMarks,
  };
  return statusOf({ ...parts, sources: [], pollers: [], times: { note: () => {}, of: () => undefined } });
}
const old = made("web", 2);
const web = made("web", 2, { instance: spec({ image: "web-v2" }) });

describe("the roll call of what was deployed", () => {
  test("is over when every replica is served and made from what is declared", () => {
    expect(rollCallOf(served(web, web, web), [web])).toEqual({ done: true, line: "web 2/2" });
  });

  test("is not over while one is still the old instance, though all are present", () => {
    expect(rollCallOf(served(web, web, old), [web])).toEqual({ done: false, line: "web 2/2: web-1 outdated" });
  });

  test("is not over while one is missing", () => {
    expect(rollCallOf(served(web, web), [web])).toEqual({ done: false, line: "web 1/2: web-1 missing" });
  });

  test("is not over while the server has not read the files, whatever it serves of the old ones", () => {
    expect(rollCallOf(served(old, old, old), [made("web", 3)])).toEqual({
      done: false,
      line: "the server has not read web yet",
    });
    expect(rollCallOf(served(web, web, web), [made("api", 1), web]).line).toBe("the server has not read api yet");
  });
});

describe("what is not confirmed does not count", () => {
  const problem = "the daemon does not answer";
  const stale = [{ source: "local", project: "default", problem }];
  const unread = (row: Status["groups"][number]["replicas"][number]) =>
    ({ ...row, state: "kept", reason: "not-read", detail: problem }) as const;
  const complete = served(web, web, web);
  const groups = complete.groups.map((group) => ({ ...group, replicas: group.replicas.map(unread) }));
  const dead: Status = { ...complete, groups, stale };

  test("a complete group of a source that cannot be read is not over, and the source is named", () => {
    const line = "web 2/2; not confirmed: source local: the daemon does not answer";
    expect(standingOf(dead, ["web"])).toEqual({ done: false, line });
    expect(rollCallOf(dead, [web])).toEqual({ done: false, line });
  });

  test("with allowStale it is over, also where no listing was ever read and only the memory serves", () => {
    expect(standingOf(dead, ["web"], { allowStale: true })).toEqual({ done: true, line: "web 2/2" });
    const remembered = groups.map((group) => ({ ...group, present: 0 }));
    expect(standingOf({ ...dead, groups: remembered }, [], { allowStale: true }).done).toBe(true);
  });

  test("a source that the groups don't depend on does not matter", () => {
    const elsewhere = [{ source: "local", project: "other", problem }];
    expect(standingOf({ ...complete, stale: elsewhere }, ["web"]).done).toBe(true);
  });
});

describe("what Traefik has not fetched does not count where it is asked for", () => {
  const status = served(web, web, web);
  const poller = (name: string, current: boolean) =>
    ({ name, address: "10.0.0.9", current, live: true }) as Status["pollers"][number];
  const fetched = (pollers: Status["pollers"], settling = false) =>
    standingOf({ ...status, pollers, settling }, [], { pollers: 1 });

  test("it is over when every live poller was given the version", () => {
    expect(fetched([poller("a", true), poller("b", true)])).toEqual({ done: true, line: "web 2/2" });
  });

  test("it is not over while one has an older version, none polls, or a newer version is about to be published", () => {
    const late = "web 2/2; not fetched yet by b";
    expect(fetched([poller("a", true), poller("b", false)])).toEqual({ done: false, line: late });
    const render = { ...poller("render", false), live: false };
    expect(fetched([poller("a", true), render]).done).toBe(true);
    expect(fetched([render]).done).toBe(false);
    expect(fetched([])).toEqual({ done: false, line: "web 2/2; no Traefik polls" });
    expect(fetched([poller("a", true)], true).done).toBe(false);
    expect(standingOf(status, [], { pollers: 0 }).done).toBe(true);
  });

  test("of a Traefik of traefik.api neither, until each that answers runs the version", () => {
    const traefik = (name: string, current: boolean, answering = true) =>
      ({
        name,
        url: "http://10.0.0.9",
        current,
        answering,
        problem: answering ? null : "answers 401",
      }) as TraefikStatus;
    const applied = (traefiks: number, ...all: TraefikStatus[]) =>
      standingOf({ ...status, traefiks: all }, [], { traefiks });
    expect(applied(1, traefik("a", true), traefik("gone", false, false)).done).toBe(true);
    const late = "web 2/2; not applied yet by b";
    expect(applied(0, traefik("a", true), traefik("b", false))).toEqual({ done: false, line: late });
    expect(applied(1, traefik("a", true, false)).line).toBe("web 2/2; no Traefik answers: a: answers 401");
    expect(applied(0, traefik("a", true, false)).done).toBe(true);
    expect(applied(0).done).toBe(true);
    expect(() => applied(1)).toThrow(/set traefik.api/);
  });
});

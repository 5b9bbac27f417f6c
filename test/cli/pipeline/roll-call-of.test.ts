import { describe, expect, test } from "vitest";
import { rollCallOf } from "../../../cli/wait.ts";
import { compose } from "../../../server/document/compose.ts";
import { snapshot } from "../../../server/document/snapshot.ts";
import { statusOf } from "../../../server/http/status-of.ts";
import { noMemory } from "../../../server/roll-call/memory.ts";
import { callRoll } from "../../../server/roll-call/roll-call.ts";
import { noRoutes } from "../../../server/routes/parse-routes.ts";
import { specHashes } from "../../../shared/instance-spec.ts";
import type { DeclaredGroup } from "../../../shared/parse-groups.ts";
import { tags } from "../../../shared/tags.ts";
import { made, spec } from "../../stacks/fleets.ts";
import { declare, instance, see } from "../../support/server/literals.ts";

/** What a server says that has read this group, and sees instances made from these. */
function served(group: DeclaredGroup, ...from: DeclaredGroup[]) {
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
    declared,
    routes: noRoutes,
    composed: compose(plan),
    stateProblem: undefined,
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

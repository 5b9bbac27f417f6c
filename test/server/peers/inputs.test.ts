import { expect, test } from "vitest";
import { createInputDigests, differences } from "../../../server/peers/inputs.ts";
import { noRoutes } from "../../../server/routes/parse-routes.ts";
import { objectId } from "../../../traefik/objects/objects.ts";
import { declare, group, instance, see } from "../../support/server/literals.ts";

const route = (rule: string) => [{ id: objectId("http.routers", "a"), value: { rule }, origin: "a" }];
const inputs = (replicas: number, rule: string, ...names: string[]) => ({
  declared: declare(group("web", replicas)),
  routes: { ...noRoutes, files: new Map([[`/routes/${rule.length}/a.yaml`, route(rule)]]) },
  listings: see(...names.map((name) => instance(name))),
});

test("inputs are equal whatever order they come in and wherever the files lie, and what differs is named", () => {
  const here = createInputDigests({ gate: "complete" }, "/routes/1");
  const there = createInputDigests({ gate: "strict" }, "/routes/2");
  const own = here(inputs(2, "a", "web-0", "web-1"));
  expect(differences(own, here(inputs(2, "a", "web-1", "web-0")))).toEqual([]);
  expect(differences(own, there(inputs(3, "bb", "web-0")))).toEqual([
    ...["group web", "instances of local/default", "route file a.yaml", "setting gate"],
  ]);
  expect(differences(own, new Map()).length).toBe(own.size);
});

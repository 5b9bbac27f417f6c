import { expect, test } from "vitest";
import { endingsOf } from "../../../cli/pipeline/endings.ts";

type Attributes = Readonly<Record<string, unknown>>;

const running = { name: "web-1", project: "shop", remote: "local", running: true };
const planned = (actions: string[], before: Attributes | null, after: Attributes | null, type = "lxd_instance") =>
  endingsOf({ resource_changes: [{ address: `${type}.w`, type, name: "w", change: { actions, before, after } }] });
const web1 = [{ remote: "local", project: "shop", instance: "web-1" }];

test.each<[string, ReturnType<typeof planned>, boolean]>([
  ["destroys", planned(["delete"], running, null), true],
  ["replaces", planned(["delete", "create"], running, running), true],
  ["replaces, the new one first", planned(["create", "delete"], running, running), true],
  ["stops", planned(["update"], running, { ...running, running: false }), true],
  ["may restart", planned(["update"], running, { ...running, allow_restart: true }), true],
  ["destroys on Incus", planned(["delete"], running, null, "incus_instance"), true],
  ["changes in place", planned(["update"], running, { ...running, config: {} }), false],
  ["creates", planned(["create"], null, running), false],
  ["leaves as it is", planned(["no-op"], running, running), false],
  ["destroys, but is no instance", planned(["delete"], running, null, "lxd_network"), false],
])("an instance that a plan %s", (_, endings, isEnded) => {
  expect(endings).toEqual(isEnded ? web1 : []);
});

test("an instance without a name, a project and a remote has the usual ones", () => {
  expect(planned(["delete"], {}, null)).toEqual([{ remote: undefined, project: "default", instance: "w" }]);
});

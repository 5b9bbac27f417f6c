import { describe, expect, test } from "vitest";
import type { DeclaredGroup } from "../../shared/parse-groups.ts";
import { rolloutSchema } from "../../shared/rollout.ts";
import { bytesOf, made, spec, useWorkshop, type Written } from "./fleets.ts";

const { stack } = useWorkshop();
const web = (replicas: number, rest: Partial<DeclaredGroup> = {}) =>
  stack([made("api", 1), made("web", replicas, rest)]);
const names = ({ instances }: Written) => Object.keys(instances);

/** What is left of a stack without its instances and its outputs. */
function frame({ json }: Written): unknown {
  return { ...json, resource: undefined, output: undefined };
}

describe("scaling 3 -> 5 -> 2", () => {
  test("changes no byte of the instances that stay", () => {
    const [three, five, two] = [web(3), web(5), web(2)];
    expect(names(five)).toEqual([...names(three), "web-3", "web-4"]);
    expect(names(two)).toEqual(["api-0", "web-0", "web-1"]);
    for (const name of names(three)) expect(bytesOf(five, name)).toBe(bytesOf(three, name));
    for (const name of names(two)) expect(bytesOf(two, name)).toBe(bytesOf(five, name));
  });

  test("changes nothing else but the outputs of that group", () => {
    const [three, five, two] = [web(3), web(5), web(2)];
    expect(frame(five)).toEqual(frame(three));
    expect(frame(two)).toEqual(frame(three));
    for (const { json } of [five, two])
      expect(json.output?.["api-addresses"]).toEqual(three.json.output?.["api-addresses"]);
    expect(Object.keys(two.json.output?.["web-addresses"]?.value ?? {})).toEqual(["web-0", "web-1"]);
  });

  test("and another group beside it change nothing of each other", () => {
    const alone = stack([made("web", 2)]);
    const both = stack([made("api", 3), made("backend", 1), made("web", 2), made("zoo", 1)]);
    for (const name of names(alone)) expect(bytesOf(both, name)).toBe(bytesOf(alone, name));
  });
});

test("what the server alone reads changes no byte", () => {
  const service = { protocol: "http", scheme: "h2c", port: 4000 } as const;
  expect(web(2, { service, gate: "strict", router: { rule: "Host(`a`)" } }).text).toBe(web(2).text);
  expect(web(2, { rollout: rolloutSchema.parse({ maxUnavailable: "50%", autoRevert: true }) }).text).toBe(web(2).text);
});

test("the order in which a file says what an instance is made from changes no tag", () => {
  const [one, other] = [
    { "limits.cpu": "2", "limits.memory": "1GiB" },
    { "limits.memory": "1GiB", "limits.cpu": "2" },
  ].map((config) => web(1, { instance: spec({ config }) }));
  expect(other?.text).toBe(one?.text);
});

describe("a rollout", () => {
  const to = (image: string | undefined, partition = 0) => ({ rollout: rolloutSchema.parse({ image, partition }) });
  const before = web(5);
  const specOf = ({ instances }: Written, name: string) => instances[name]?.config["user.rollcall.spec"];

  test("makes the replicas from the partition on from the new image, and leaves every byte of those below", () => {
    const during = web(5, to("web-v2", 3));
    expect(names(during)).toEqual(names(before));
    for (const name of ["api-0", "web-0", "web-1", "web-2"]) expect(bytesOf(during, name)).toBe(bytesOf(before, name));
    for (const name of ["web-3", "web-4"]) {
      expect(during.instances[name]?.image).toBe("web-v2");
      expect(specOf(during, name)).toMatch(/^[0-9a-f]{16}$/);
      expect(specOf(during, name)).not.toBe(specOf(before, name));
    }
    expect([frame(during), during.json.output]).toEqual([frame(before), before.json.output]);
  });

  test("that only begins changes no byte", () => {
    expect(web(5, to("web-v2", 5)).text).toBe(before.text);
    expect(web(5, to("web-v2", 99)).text).toBe(before.text);
  });

  test("that ends, by which its image becomes that of the group, changes no byte", () => {
    const last = web(5, to("web-v2", 0));
    const ended = web(5, { instance: spec({ image: "web-v2" }), ...to(undefined) });
    expect(names(last).map((name) => last.instances[name]?.image)).toEqual(["web", ...Array(5).fill("web-v2")]);
    expect(ended.text).toBe(last.text);
    expect(web(5, { instance: spec({ image: "web-v2" }) }).text).toBe(last.text);
  });

  test("makes new replicas from the new image, for they are above the partition", () => {
    const grown = web(6, to("web-v2", 4));
    expect(grown.instances["web-5"]?.image).toBe("web-v2");
    expect(bytesOf(grown, "web-4")).toBe(bytesOf(web(5, to("web-v2", 4)), "web-4"));
  });
});

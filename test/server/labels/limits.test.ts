import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createLabelReader } from "../../../server/labels/label-reader.ts";
import { labelledProjects } from "../../../server/labels/label-sources.ts";
import { limits } from "../../../server/labels/limits.ts";
import type { LabelledPlan } from "../../../server/roll-call/plan.ts";
import { createObjectDecoder } from "../../../traefik/read-object.ts";
import { worstLabels } from "../../support/cases/worst-labels.ts";
import { cpuTime } from "../../support/measure.ts";
import { labelSettings, labelWalk, walkLabels } from "../../support/server/labels.ts";
import { instance, see } from "../../support/server/literals.ts";

const own = {
  "user.traefik.enable": "true",
  "user.traefik.http.routers.own.rule": "Host(`own.example.com`)",
  "user.traefik.http.services.own.loadbalancer.server.port": "80",
};
const others = {
  "user.traefik.enable": "true",
  "user.traefik.http.routers.other.rule": "Host(`other.example.com`)",
  "user.traefik.http.services.other.loadbalancer.server.port": "80",
};
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

/** The problems of an instance with these keys among its own, and the objects that are served beside those of another instance. */
function walked(keys: Readonly<Record<string, string>>, settings: object = {}) {
  const { composed } = walkLabels(
    see(instance("app-0", { keys: { ...own, ...keys } }), instance("other-0", { address: "10.0.0.8", keys: others })),
    {
      settings,
    },
  );
  const served = [...composed.objects.keys()];
  expect(served).toEqual(expect.arrayContaining(["http.routers/other", "http.services/other"]));
  return { problems: composed.labelled[0]?.problems, served: served.filter((id) => !id.endsWith("/other")) };
}

describe("labels beyond a limit are that instance's problem, and the others are served", () => {
  const middleware = (index: number) => [`user.traefik.http.middlewares.m${index}.compress`, "true"];
  test.each<[string, Record<string, string>, string]>([
    [
      "a key of 3,000 names between dots",
      { [`user.traefik.http.routers.x.${"a.".repeat(3000)}b`]: "1" },
      `user.traefik.http.routers.x.${"a.".repeat(26)}...: has more than 256 characters: shorten or remove it`,
    ],
    [
      "a key of 21 names between dots",
      { [`user.label.traefik.http.routers.x.${"a.".repeat(16)}b`]: "1" },
      `user.label.traefik.http.routers.x.${"a.".repeat(16)}b: has more than 20 names between dots: remove it`,
    ],
    [
      "more than 500 keys",
      Object.fromEntries(numbers(500).map((index) => [`user.note${index}`, "1"])),
      "the instance has 503 user.* keys, and labels are read of at most 500: remove some",
    ],
    [
      "more than 64 KiB in its keys and values",
      { "user.note": "x".repeat(65_536) },
      "the instance's user.* keys have 65,682 characters in all, and labels are read of at most 65,536: shorten or remove some",
    ],
    [
      "more than 100 objects",
      Object.fromEntries(numbers(99).map(middleware)),
      "the instance declares 101 objects, and at most 100 are read: declare the others in a route file, or by another instance",
    ],
    [
      "names of others more than 1,000 times",
      {
        ...Object.fromEntries([middleware(0)]),
        "user.traefik.http.routers.own.middlewares": numbers(1000)
          .map(() => "m0")
          .join(","),
      },
      "the instance's objects name others 1,001 times, and may do so 1,000 times: declare some of them in a route file, or by another instance",
    ],
    [
      "more than 500 hosts",
      Object.fromEntries(
        numbers(5).map((router) => [
          `user.traefik.http.routers.r${router}.rule`,
          numbers(100)
            .map((host) => `Host(\`${router}-${host}.example.com\`)`)
            .join("||"),
        ]),
      ),
      "the instance's routers answer 501 hosts, and may answer 500: declare some of them in a route file, or by another instance",
    ],
  ])("%s", (_, keys, problem) => {
    expect(walked(keys)).toEqual({ problems: [problem], served: [] });
  });

  test("a rule or a name that is too long costs its object alone", () => {
    const long = `Host(\`own.example.com\`)${" ".repeat(4096)}`;
    expect(walked({ "user.traefik.http.routers.long.rule": long })).toEqual({
      problems: [
        "user.traefik.http.routers.long.rule: rule: has 4,119 characters, and may have 4,096: write several routers",
      ],
      served: ["http.routers/own", "http.services/own"],
    });
    const name = "n".repeat(101);
    expect(walked({ [`user.traefik.http.middlewares.${name}.compress`]: "true" })).toEqual({
      problems: [`user.traefik.http.middlewares.${name}.compress: a name may have 100 characters: shorten it`],
      served: ["http.routers/own", "http.services/own"],
    });
  });

  test("a default rule that becomes too long by a label, too", () => {
    const defaultRule = 'Host(`{{ index .Labels "site" }}`)';
    const { problems } = walked(
      { "user.site": "x".repeat(4100), "user.traefik.http.routers.own.rule": "" },
      { defaultRule },
    );
    expect(problems).toEqual([
      "user.traefik.http.routers.own.rule: rule: has 4,108 characters, and may have 4,096: write several routers",
    ]);
  });

  test("it is reported even if the constraints ask for a label that is not read any more", () => {
    const many = Object.fromEntries(numbers(500).map((index) => [`user.note${index}`, "1"]));
    const { composed } = walkLabels(see(instance("app-0", { keys: { ...own, ...many, "user.stage": "prod" } })), {
      settings: { constraints: "Label(`stage`, `prod`)" },
    });
    expect(composed.labelled).toMatchObject([
      { state: "left-out", problems: [expect.stringContaining("504 user.* keys")] },
    ]);
  });

  test("the user data of cloud-init counts for nothing", () => {
    expect(walked({ "user.user-data": "x".repeat(100_000) })).toEqual({
      problems: [],
      served: ["http.routers/own", "http.services/own"],
    });
  });
});

describe("the worst labels within the limits", () => {
  const cases = Object.entries(worstLabels);

  test.each(cases)("%s: are within them, and the processor works for them for less than three seconds", (_, keysOf) => {
    const observed = see(...numbers(2).map((index) => instance(`app-${index}`, { keys: keysOf(`app${index}`) })));
    const walk = labelWalk();
    let problems: readonly string[] = [];
    const spent = cpuTime(() => {
      problems = walk(observed).composed.labelled.flatMap((row) => row.problems);
      walk(observed);
    });
    expect(problems.filter((problem) => /at most|may have|may do so|has more than/.test(problem))).toEqual([]);
    expect(spent).toBeLessThan(3000);
  });

  test("equal keys are read and judged once", () => {
    let decoded = 0;
    const decode = createObjectDecoder("3.7");
    const places = labelledProjects([{ name: "local", labels: labelSettings() }]);
    const read = createLabelReader(
      places,
      (...object) => {
        decoded++;
        return decode(...object);
      },
      "3.7",
    );
    const row = (keys: Record<string, string>): LabelledPlan => ({
      source: "local",
      project: "default",
      instance: "app-0",
      state: "member",
      address: "10.0.0.1",
      keys,
    });
    const [first, second] = [read([row(own)]), read([row({ ...own })])];
    expect(decoded).toBe(2);
    expect(second).toEqual(first);
    read([row({ ...own, "user.traefik.http.routers.own.priority": "5" })]);
    expect(decoded).toBe(4);
  });
});

test("the page about limits has the numbers of the code", () => {
  const page = readFileSync("docs/reference/limits.md", "utf8");
  for (const limit of Object.values(limits)) expect(page).toContain(`| ${limit.toLocaleString("en-US")} |`);
});

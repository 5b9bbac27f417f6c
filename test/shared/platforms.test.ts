import { describe, expect, test } from "vitest";
import { instanceSchema } from "../../shared/instance-schema.ts";
import { parseGroups } from "../../shared/parse-groups.ts";
import { type PlatformName, platformOf, platforms } from "../../shared/platforms.ts";
import { lines, oneSource, reading } from "./literals.ts";

const web = (instance: string) =>
  `name: web\nreplicas: 1\nservice: { port: 3000 }\ninstance:\n  image: web\n  ${instance}\n`;

function problemsOn(platform: PlatformName, instance: string): string[] {
  const sources = oneSource.sources.map((source) => ({ ...source, platform }));
  return lines(parseGroups(reading({ "web.yaml": web(instance) }), { ...oneSource, sources }));
}

describe("what a platform can't do", () => {
  test("is an error at its place, which names the platform", () => {
    const [devlxd, guestapi] = ["config: { security.devlxd: false }", "config: { security.guestapi: false }"];
    expect(problemsOn("incus", devlxd)).toEqual([
      'web.yaml:6:13: error: instance.config["security.devlxd"]: Incus does not have this: its name is security.guestapi there',
    ]);
    expect(problemsOn("lxd", guestapi)).toEqual([
      'web.yaml:6:13: error: instance.config["security.guestapi"]: LXD does not have this: its name is security.devlxd there',
    ]);
    expect([problemsOn("lxd", devlxd), problemsOn("incus", guestapi)]).toEqual([[], []]);
  });

  test("stands in the table by keys that a group's file has", () => {
    const paths = Object.values(platforms).flatMap(({ lacks }) => lacks.map(({ path }) => path));
    for (const [part, key = ""] of paths) {
      expect(part).toBe("instance");
      expect(Object.keys(instanceSchema.shape)).toContain(key);
    }
  });
});

describe("the platform of a source", () => {
  test.each<[PlatformName, Parameters<typeof platformOf>[0]]>([
    ["lxd", {}],
    ["lxd", { url: "unix:///var/snap/lxd/common/lxd/unix.socket" }],
    ["incus", { url: "unix:///var/lib/incus/unix.socket" }],
    ["lxd", { url: "unix:///var/lib/incus/unix.socket", platform: "lxd" }],
    ["incus", { url: "unix:///run/daemon.socket", platform: "incus" }],
  ])("is %s for %j", (platform, source) => {
    expect(platformOf(source)).toBe(platform);
  });
});

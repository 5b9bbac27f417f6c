import { expect, test } from "vitest";
import { checkRule } from "../../cli/check-rule.ts";
import type { RuleOptions } from "../../traefik/rule/rule.ts";
import { isColoured, usePlaces } from "./places.ts";

const { place, run } = usePlaces();

function checked(rule: string, options: Partial<RuleOptions> = {}) {
  let output = "";
  const write = (text: string) => {
    output += text;
  };
  const code = checkRule({ rule, kind: "http", traefik: "3.7", ...options, colour: false, write });
  return { code, output };
}

test("a rule that Traefik takes is accepted with its hosts and its priority", () => {
  expect(checked("Host(`b.example.com`) || Host(`A.example.com`)")).toEqual({
    code: 0,
    output: "accepted: Traefik 3.7, HTTP; matches a.example.com, b.example.com; priority 46 if none is written\n",
  });
  expect(checked("PathPrefix(`/é`)").output).toMatch(/matches any host; priority 17 /);
  expect(checked("Host(`a`) && Host(`b`)").output).toMatch(/matches no host/);
  expect(checked("HostSNI(`*`)", { kind: "tcp" }).output).toMatch(/TCP; matches any host; priority -1 /);
});

test("what is noted of a rule follows: that it never matches, and v2's syntax", () => {
  expect(checked("HostRegexp(`{tenant:[a-z0-9-]+}.shop.example`)")).toEqual({
    code: 0,
    output: [
      "accepted: Traefik 3.7, HTTP; matches any host; priority 46 if none is written",
      "noted: HostRegexp with {name} or {name:regexp} is Traefik v2's syntax, and v3 takes it as text; write HostRegexp(`^[a-z]+\\.example\\.com$`)",
      "",
    ].join("\n"),
  });
  expect(checked("Host(`a:80`)").output).toMatch(/\nnoted: its rule never matches a request: Host with a port/);
});

test("a rule that Traefik refuses is shown with a caret below the place and the reason", () => {
  expect(checked("Host(`a`) and Path(`/`)")).toEqual({
    code: 1,
    output: "Host(`a`) and Path(`/`)\n          ^^^\nrejected: column 11: and is written &&\n",
  });
});

test("of a rule of several lines the one that is meant is shown", () => {
  expect(checked("Host(`a`) &&\n\tPath(`x`)").output).toBe(
    " Path(`x`)\n      ^^^\nrejected: column 20: a path starts with /\n",
  );
  expect(checked("Host(`a`)\n&& Path(`/`)").output).toMatch(/^Host\(`a`\)\n {9}\^\nrejected: column 10: /);
});

test("nothing in a rule tells the terminal anything", () => {
  const { output } = checked("\u001b[2JHost(`a`)\u202e(`b`) and");
  expect(isColoured(output)).toBe(false);
  expect(output).not.toContain("\u202e");
});

test("the version is that of --traefik, else that of the configuration", async () => {
  const at = place({ "rollcall.yaml": 'traefik: { version: "3.6" }\n' });
  const rule = ["check", "--tcp", "--rule", "HostSNI(`*.example.com`)"];
  const refused = await run(at, rule);
  expect([refused.code, refused.stderr]).toEqual([1, ""]);
  expect(refused.stdout).toContain("needs Traefik 3.7, and this is for 3.6");
  const { code, stdout } = await run(at, [...rule, "--traefik", "3.7"]);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^accepted: Traefik 3\.7, TCP; matches \*\.example\.com;/)]);
});

test("a directory with --rule, --tcp without it and an invalid version are usage errors", async () => {
  const at = place();
  for (const words of [["groups", "--rule", "Host(`a`)"], ["--tcp"], ["--rule", "Host(`a`)", "--traefik", "2.11"]]) {
    const { code, stdout } = await run(at, ["check", ...words]);
    expect([code, stdout]).toEqual([64, ""]);
  }
});

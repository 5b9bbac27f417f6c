import { describe, expect, test } from "vitest";
import { tcpRuleProblem } from "../../../traefik/rule/tcp-problem.ts";

const nameless = "without TLS no name is sent: write HostSNI(`*`), or tls";

describe("a TCP router without TLS", () => {
  test.each([
    ["HostSNI(`*`)", undefined],
    ["HostSNI(`a`)", nameless],
    ["HostSNI(`*`) || HostSNI(`a`)", undefined],
    ["HostSNI(`a`) || HostSNI(`*`)", nameless],
    ["HostSNI(`*`) && ClientIP(`127.0.0.1`)", undefined],
    ["ClientIP(`127.0.0.1`)", undefined],
    ["HostSNIRegexp(`.*`)", undefined],
    ["!HostSNI(`a`)", undefined],
    ["Host(`a`)", "column 1: Host is for HTTP routers; write HostSNI"],
  ])("%s", (rule, problem) => {
    expect(tcpRuleProblem({ rule, tls: false }, "3.7")).toBe(problem);
  });

  test("asks for a name with a negated HostSNI too, before 3.7.15", () => {
    expect(tcpRuleProblem({ rule: "!HostSNI(`a`)", tls: false }, "3.7.13")).toBe(nameless);
  });

  test("may have a rule of Traefik v2, which is not read", () => {
    const rule = { rule: "HostSNI(`*`) && HeadersRegexp(`a`, `b`)", tls: false, ruleSyntax: "v2" };
    expect(tcpRuleProblem(rule, "3.7")).toBeUndefined();
    expect(tcpRuleProblem({ ...rule, rule: "HostSNI(`a`, `b`)" }, "3.7")).toBe(nameless);
  });
});

test("a TCP router with TLS may ask for a name", () => {
  expect(tcpRuleProblem({ rule: "HostSNI(`a`)", tls: true }, "3.7")).toBeUndefined();
});

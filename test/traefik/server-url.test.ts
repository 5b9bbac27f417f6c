import { expect, test } from "vitest";
import { serverUrlProblem } from "../../traefik/model/server-url.ts";
import { serverUrls } from "../support/cases/server-urls.ts";

test.each(serverUrls)("$url is read by $reads", ({ url, reads }) => {
  for (const version of ["3.7.15", "3.6.15", "3.5.3", "3.0.4"])
    expect([version, serverUrlProblem(url, version) === undefined]).toEqual([version, reads.includes(version)]);
});

test("no problem repeats anything of a URL: it may hold a password", () => {
  for (const { url } of serverUrls)
    expect(serverUrlProblem(url.replace("a", "hunter2"), "3.7") ?? "").not.toContain("hunter2");
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDriver } from "../../embedded-daemon/driver.ts";
import type { TlsFiles } from "../../server/access/key-files.ts";
import { loadConfig } from "../../server/config-file.ts";
import { endpointOf } from "../../server/platform/endpoint.ts";
import { runHere } from "../support/cli/run-here.ts";
import { opensslMissing } from "../support/network/certificates.ts";
import { type Listening, listenByHttps } from "../support/real/listening.ts";
import { realDaemonOfEach, titled } from "../support/real/parts.ts";
import { watchSource } from "../support/server/source.ts";
import { until } from "../support/until.ts";

const noOpenssl = await opensslMissing();
const daemons = await realDaemonOfEach();

describe.each(daemons)("real $platform by https", ({ platform, socket, missing }) => {
  const why = noOpenssl ?? missing;
  const project = "default";
  const name = "rollcall-https-test";
  const [other, made] = ["rollcall-https-other", "rollcall-https-made"];
  const driver = createDriver(socket, { project });
  let directory: string;
  let listening: Listening;
  let token: string;
  const file = () => join(directory, "rollcall.yaml");

  beforeAll(async () => {
    if (why !== undefined) return;
    directory = mkdtempSync(join(tmpdir(), "rollcall-https-"));
    listening = await listenByHttps(socket);
    token = await listening.token(name, [project]);
  });
  afterAll(async () => {
    if (why === undefined) {
      await listening.forget(name);
      for (const one of ["rollcall-https-0", "rollcall-https-1"]) await driver.remove(one).catch(() => {});
      for (const one of [other, made]) await driver.removeProject(one).catch(() => {});
      await listening.close();
      rmSync(directory, { recursive: true });
    }
    await driver.close();
  });

  function trust(source: string, given = token) {
    writeFileSync(join(directory, "token"), given);
    const words = ["trust", "add", source, listening.url, "--token-file", join(directory, "token"), "--config", file()];
    return runHere(undefined, words);
  }
  async function reach(more: Partial<TlsFiles> = {}) {
    const config = await loadConfig({ flag: file(), environment: {}, from: directory });
    const found = config.sources.find((one) => one.name === "far");
    if (!found?.tls) throw new Error("the source was not added");
    return { endpoint: endpointOf({ ...found, tls: { ...found.tls, ...more } }, {}), tls: found.tls };
  }
  const problemOf = async (endpoint: ReturnType<typeof endpointOf>, projects: string[]) => {
    await using watched = watchSource(socket, { endpoint, projects });
    return await until("it has looked", () => watched.source.status().problem);
  };

  test.skipIf(why)(titled("trust add enrols with its token once, for the token's projects", why), async () => {
    const first = await trust("far");
    expect([first.code, first.stderr]).toEqual([0, ""]);
    expect(first.stdout).toMatch(new RegExp(`${platform} \\S+ trusts it as ${name}, for default`));
    const second = await trust("again");
    expect([second.code, second.stderr]).toEqual([1, expect.stringMatching(/the token was used already/)]);
    expect(readFileSync(file(), "utf8")).not.toContain("again");
  });

  test.skipIf(why)(
    titled("a restricted certificate sees the instances of its projects, and their events", why),
    async () => {
      const { endpoint } = await reach();
      await using watched = watchSource(socket, { endpoint, projects: [project] });
      await until("events come", () => watched.source.status().eventsProblem === undefined);
      await driver.create("rollcall-https-0");
      await until("an event tells of it", () => watched.instance("rollcall-https-0"));
      expect(watched.source.status()).toMatchObject({
        endpoint: listening.url,
        problem: undefined,
        eventsProblem: undefined,
      });
    },
  );

  test.skipIf(why)(titled("of all projects a restricted certificate is shown its own", why), async () => {
    const { endpoint } = await reach();
    await driver.createProject(other);
    await using watched = watchSource(socket, { endpoint, projects: "all" });
    await until("events come", () => watched.source.status().eventsProblem === undefined);
    await driver.create("rollcall-https-1");
    await until("an event tells of it", () => watched.instance("rollcall-https-1"));
    expect([watched.source.status().problem, watched.listing(other)]).toEqual([undefined, undefined]);
  });

  test.skipIf(why)(titled("a project is seen when it is made, and dropped when it is deleted", why), async () => {
    await using watched = watchSource(socket, { projects: "all" });
    await until("the first look", () => watched.listing(project));
    await driver.createProject(made);
    await until("the new project", () => watched.listing(made)?.instances);
    await driver.removeProject(made);
    await until("it is gone", () => watched.listing(made) === undefined);
    await until("all are read", () => watched.source.status().problem === undefined);
  });

  test.skipIf(why)(titled("another project, and another certificate, are said", why), async () => {
    const { endpoint, tls } = await reach({ fingerprint: "0".repeat(64) });
    expect(await problemOf(endpoint, [project])).toMatch(/it shows the certificate .*, not the pinned 000000000000/);
    const right = await reach();
    expect(await problemOf(right.endpoint, ["nowhere"])).toMatch(/rollcall's certificate may not read project nowhere/);
    await listening.forget(name);
    expect(await problemOf({ urls: [listening.url], tls }, [project])).toMatch(
      /rollcall's certificate is not trusted there/,
    );
  });
});

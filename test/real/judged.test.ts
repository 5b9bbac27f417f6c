import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Checked, check } from "../../traefik/check-document.ts";
import { encode } from "../../traefik/encode.ts";
import { configurations, joined } from "../support/cases/configurations/configurations.ts";
import { tell } from "../support/measure.ts";
import { httpTarget } from "../support/network/targets.ts";
import { realTraefik, titled } from "../support/real/parts.ts";
import { runs } from "../support/runs.ts";
import { type JudgedTraefik, startJudgedTraefik } from "../support/traefik/judged-traefik.ts";

/**
 * What is said here of whole documents is what the real Traefik does with them. They are made from the number
 * ROLLCALL_TEST_SEED; a failure names the number that it had. That some are off and some are not is tested in generators.test.ts.
 */

const { binary, missing } = await realTraefik("3.7.15");
const seed = Number(process.env.ROLLCALL_TEST_SEED ?? Date.now() % 2 ** 31);
const amount = runs(50);
/** So many are given to Traefik at once, with names of their own. */
const batch = 25;

const saying = (word: string) => httpTarget((_, response) => response.end(word));

/** The objects that are said to be off. */
function off(findings: Checked["findings"]): Set<string> {
  return new Set(findings.flatMap(({ word, id }) => (word === "off" && id !== undefined ? [id] : [])));
}

describe.skipIf(missing !== undefined)(titled("what Traefik would make of a whole document", missing), () => {
  let traefik: JudgedTraefik;
  beforeAll(async () => {
    traefik = await startJudgedTraefik(binary);
  });
  afterAll(() => traefik?.stop());

  /** Where the verdict differs from Traefik's, with Traefik's words. */
  async function differences(document: object) {
    const { verdict, findings } = check(encode(document), "3.7.15");
    expect(verdict).toBe("accepted");
    const answer = await traefik.judge(document);
    if ("died" in answer) throw new Error(answer.died.slice(0, 1000));
    const ours = off(findings);
    const wrong: string[] = [];
    for (const [id, { status, error }] of answer.states) {
      if (id.startsWith("http.services/marker-")) continue;
      // Of a circle of routers Traefik warns, and serves the one that closes it to nobody.
      const isOff = status === "disabled" || error.some((one) => one.startsWith("cyclic reference"));
      if (isOff && error.length === 0) wrong.push(`${id} is ${status} without an error`);
      if (isOff !== ours.has(id)) {
        const said = findings.filter((one) => one.id === id).map(({ word, problem }) => `${word}: ${problem.message}`);
        wrong.push(`${id} is ${status} (${error.join("; ")}), and here: ${said.join("; ") || "nothing"}`);
      }
    }
    // A router in another one's care that has TLS is lost before Traefik says anything of it.
    const isLost = (id: string) => findings.some((one) => one.id === id && one.problem.path.endsWith(".tls"));
    const unseen = [...ours].filter((id) => !answer.states.has(id) && !isLost(id));
    return { wrong: [...wrong, ...unseen.map((id) => `${id} is not there`)], off: ours.size, all: answer.states.size };
  }

  test("is what it does, on documents of all kinds", async () => {
    const documents = fc.sample(configurations, { numRuns: amount, seed });
    const seen = { off: 0, all: 0 };
    for (let from = 0; from < documents.length; from += batch) {
      const { wrong, off, all } = await differences(joined(documents.slice(from, from + batch)));
      expect(wrong, `made from ${seed}`).toEqual([]);
      seen.off += off;
      seen.all += all;
    }
    tell(`${documents.length} documents: ${seen.all} objects, ${seen.off} of them off, no difference`);
  });
});

describe.skipIf(missing !== undefined)(titled("a circle that Traefik's process dies of", missing), () => {
  const circle = {
    services: { a: { weighted: { services: [{ name: "b" }] } }, b: { weighted: { services: [{ name: "a" }] } } },
  };
  const router = {
    tcp: { rule: "HostSNI(`*`)", service: "a", entryPoints: ["tcp"] },
    udp: { service: "a", entryPoints: ["udp"] },
  };

  test.each(["tcp", "udp"] as const)("is fatal among services of %s, once a router leads there", async (section) => {
    const words = (document: object) => check(encode(document), "3.7.15").findings.map(({ word }) => word);
    const traefik = await startJudgedTraefik(binary);
    try {
      const unused = { [section]: circle };
      expect(words(unused)).toEqual(["noted", "noted"]);
      expect(await traefik.judge(unused)).toHaveProperty("states");
      const used = { [section]: { ...circle, routers: { r: router[section] } } };
      expect(words(used)).toEqual(["fatal", "fatal"]);
      expect(await traefik.judge(used)).toHaveProperty("died");
    } finally {
      await traefik.stop();
    }
  });
});

const older = await realTraefik("3.6.15");

describe.skipIf(older.missing !== undefined)(titled("a basicAuth without users", older.missing), () => {
  test("is fatal for Traefik 3.6.15, which takes no other document after that", async () => {
    const router = { rule: "Host(`a`)", service: "s", middlewares: ["m"] };
    const services = { s: { loadBalancer: { servers: [{ url: "http://127.0.0.1:1" }] } } };
    const document = { http: { routers: { a: router }, services, middlewares: { m: { basicAuth: { realm: "r" } } } } };
    expect(check(encode(document), "3.6.15").findings).toMatchObject([{ word: "fatal", id: "http.middlewares/m" }]);
    const traefik = await startJudgedTraefik(older.binary);
    try {
      expect(await traefik.judge(document)).toHaveProperty("died");
    } finally {
      await traefik.stop();
    }
  });
});

describe.skipIf(missing !== undefined)(titled("two routers with one rule and one priority", missing), () => {
  test("are one after some reloads, and the other one after others", async () => {
    const targets = [await saying("one"), await saying("other")];
    const [one, other] = targets.map(({ address }) => ({ loadBalancer: { servers: [{ url: `http://${address}` }] } }));
    const router = (service: string) => ({ rule: "Host(`a`)", service, entryPoints: ["web"] });
    const document = { http: { routers: { one: router("one"), other: router("other") }, services: { one, other } } };
    expect(check(encode(document), "3.7.15").findings).toMatchObject([{ word: "random", id: "http.routers/other" }]);
    const traefik = await startJudgedTraefik(binary);
    try {
      const seen = new Set<string>();
      for (let reload = 0; reload < 60 && seen.size < 2; reload++) {
        await traefik.judge(document);
        seen.add(await traefik.ask("a"));
      }
      expect([...seen].sort()).toEqual(["one", "other"]);
    } finally {
      await traefik.stop();
      await Promise.all(targets.map((target) => target.close()));
    }
  });
});

describe.skipIf(missing !== undefined)(titled("what is noted", missing), () => {
  test("is taken, and so: TLS options that are not applied, UDP routers on one entry point, two types, weights below 0", async () => {
    const server = (url: string, weight?: number) => ({ url, ...(weight !== undefined && { weight }) });
    const targets = [await saying("one"), await saying("other")];
    const [one = "", other = ""] = targets.map(({ address }) => `http://${address}`);
    const router = (rule: string, more: object = {}) => ({ rule, service: "s", entryPoints: ["web"], ...more });
    const stream = { loadBalancer: { servers: [{ address: "127.0.0.1:1" }] } };
    const document = {
      http: {
        routers: {
          api: router("Host(`api`)", { service: "api@internal" }),
          weight: router("Host(`weight`)"),
          one: router("Host(`b`)", { tls: { options: "o" } }),
          two: router("Host(`b`) && Path(`/`)", { tls: {} }),
          path: router("Path(`/`)", { tls: { options: "o" } }),
        },
        services: { s: { loadBalancer: { servers: [server(one), server(other, -1)] } } },
      },
      tcp: {
        routers: { a: { rule: "HostSNI(`*`)", service: "s", middlewares: ["m"], entryPoints: ["tcp"] } },
        services: { s: stream },
        middlewares: { m: { inFlightConn: { amount: 1 }, ipAllowList: { sourceRange: ["::1"] } } },
      },
      udp: {
        routers: { a: { service: "s", entryPoints: ["udp"] }, b: { service: "s", entryPoints: ["udp"] } },
        services: { s: stream },
      },
      tls: { options: { o: { minVersion: "TLS13" } } },
    };
    const { findings } = check(encode(document), "3.7.15");
    expect(findings.map(({ word, id }) => `${word} ${id}`).sort()).toEqual(
      [
        "http.routers/api",
        "http.routers/one",
        "http.routers/path",
        "http.services/s",
        "tcp.middlewares/m",
        "tls.options/o",
        "udp.routers/a",
      ].map((id) => `noted ${id}`),
    );
    const traefik = await startJudgedTraefik(binary);
    try {
      const answer = await traefik.judge(document);
      if ("died" in answer) throw new Error(answer.died);
      const warned = [...answer.states].filter(([, { status }]) => status !== "enabled");
      expect(warned.map(([id, { status }]) => `${id} ${status}`).sort()).toEqual([
        "http.routers/web-conflicted-one warning",
        "http.routers/web-conflicted-path warning",
      ]);
      expect(await traefik.ask("api", "/api/version")).toContain("3.7.15");
      const seen = new Set<string>();
      for (let i = 0; i < 20; i++) seen.add(await traefik.ask("weight"));
      expect([...seen]).toEqual(["one"]);
    } finally {
      await traefik.stop();
      await Promise.all(targets.map((target) => target.close()));
    }
  });
});

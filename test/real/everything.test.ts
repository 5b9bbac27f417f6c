import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { goldenDocument } from "../support/cases/golden.ts";
import { opensslMissing } from "../support/network/certificates.ts";
import { realTraefik, titled } from "../support/real/parts.ts";
import { access } from "./everything/access.ts";
import { answers } from "./everything/answers.ts";
import { type GoldenStage, openGoldenStage } from "./everything/golden-stage.ts";
import { health } from "./everything/health.ts";
import { limits } from "./everything/limits.ts";
import { newerFields } from "./everything/newer-fields.ts";
import { paths } from "./everything/paths.ts";
import { routers } from "./everything/routers.ts";
import { services } from "./everything/services.ts";
import { streams } from "./everything/streams.ts";
import { tls } from "./everything/tls.ts";
import { transports } from "./everything/transports.ts";

/**
 * The golden document, test/golden/everything, served by rollcall: every service type, router kind and middleware of Traefik, proven by
 * requests through the real one. That nothing is missing in it is tested in test/traefik/golden.test.ts.
 */

const openssl = await opensslMissing();
const parts = await Promise.all(
  ["3.7.15", "3.5.3", "3.0.4"].map(async (version) => {
    const { binary, missing } = await realTraefik(version);
    return { version, binary, missing: openssl ?? missing };
  }),
);
const [newest, ...older] = parts;

describe.skipIf(newest?.missing !== undefined)(
  titled("the golden document through the real Traefik", newest?.missing),
  () => {
    let golden: GoldenStage;
    beforeAll(async () => {
      golden = await openGoldenStage({ binary: newest?.binary ?? "" });
    });
    afterAll(() => golden?.close());

    describe("paths", () => paths(() => golden));
    describe("access", () => access(() => golden));
    describe("answers", () => answers(() => golden));
    describe("limits", () => limits(() => golden));
    describe("services", () => services(() => golden));
    describe("health", () => health(() => golden));
    describe("transports", () => transports(() => golden));
    describe("routers", () => routers(() => golden));
    describe("TLS", () => tls(() => golden));
    describe("TCP and UDP", () => streams(() => golden));

    test("is served as it is written, and all at work, without an error or a warning of Traefik's", async () => {
      const { routes } = await golden.server.status();
      expect(routes.remarks.filter(({ state }) => changed.has(state))).toEqual([]);
      await expectServed(golden);
      await expectAllAtWork(golden);
    });
  },
);

describe.each(older)("the golden document, cut to Traefik $version", ({ version, binary, missing }) => {
  test.skipIf(missing !== undefined)(
    titled("lacks the newer fields, each is named, and the rest is at work", missing),
    async () => {
      const golden = await openGoldenStage({ binary, version });
      try {
        const { routes } = await golden.server.status();
        const expected = newerFields(version);
        expect(expected.length).toBeGreaterThan(10);
        for (const { kind, name, path, since } of expected) {
          const said = routes.remarks.find((remark) => remark.kind === kind && remark.name === name);
          const reason = expect.stringContaining(`${path}: needs Traefik ${since}, and this is for ${version}`);
          expect({ kind, name, reason: said?.reason }).toEqual({ kind, name, reason });
        }
        await expectServed(golden);
        await expectAllAtWork(golden);
      } finally {
        await golden.close();
      }
    },
  );
});

/** What is served differently from what is written, or not at all. */
const changed = new Set<string>(["left-out", "previous", "pruned", "altered"]);

type Objects = Readonly<Record<string, Readonly<Record<string, object>>>>;

/** Each object of the golden document is in what is served, or is said to be left out. */
async function expectServed({ server }: GoldenStage): Promise<void> {
  const { problems, remarks } = (await server.status()).routes;
  expect(problems).toEqual([]);
  const served = JSON.parse((await server.document()).body) as Objects;
  for (const [section, parts] of Object.entries(goldenDocument() as Objects))
    for (const [part, objects] of Object.entries(parts)) {
      const left = remarks.filter(({ kind, state }) => kind === `${section}.${part}` && state === "left-out");
      const names = [...Object.keys(served[section]?.[part] ?? {}), ...left.map(({ name }) => name)];
      expect(names).toEqual(expect.arrayContaining(Object.keys(objects)));
    }
}

interface Counts {
  readonly total: number;
  readonly warnings: number;
  readonly errors: number;
}

/** Traefik has everything that is served, and finds nothing wrong with any of it. */
async function expectAllAtWork({ server, traefik }: GoldenStage): Promise<void> {
  const served = JSON.parse((await server.document()).body) as Objects;
  const overview = await traefik.api<Record<string, Record<string, Counts>>>("/api/overview");
  for (const section of ["http", "tcp", "udp"])
    for (const [part, { total, warnings, errors }] of Object.entries(overview[section] ?? {})) {
      expect({ section, part, warnings, errors }).toEqual({ section, part, warnings: 0, errors: 0 });
      expect(total).toBeGreaterThanOrEqual(Object.keys(served[section]?.[part] ?? {}).length);
    }
  const raw = await traefik.api<Record<string, Record<string, { status?: string; error?: unknown }>>>("/api/rawdata");
  const unwell = Object.values(raw).flatMap((objects) =>
    Object.entries(objects).filter(
      ([, { status, error }]) => (status ?? "enabled") !== "enabled" || error !== undefined,
    ),
  );
  expect(unwell).toEqual([]);
  expect(traefik.log()).not.toMatch(/cannot decode configuration data/);
}

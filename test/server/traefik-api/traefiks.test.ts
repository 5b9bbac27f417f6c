import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createPublisher } from "../../../server/document/publisher.ts";
import type { Snapshot } from "../../../server/document/snapshot.ts";
import { askTraefik } from "../../../server/traefik-api/ask.ts";
import type { TraefikApi } from "../../../server/traefik-api/settings.ts";
import { createTraefiks, type Traefiks } from "../../../server/traefik-api/traefiks.ts";
import { snapshotOf } from "../../support/server/literals.ts";
import { type FakeTraefik, startFakeTraefik } from "../../support/traefik/fake-traefik.ts";
import { until } from "../../support/until.ts";
import { useEach } from "../../support/use-each.ts";

const parsed = (one: Snapshot) => JSON.parse(one.body.toString());

const own = useEach(
  async () => {
    const fake = await startFakeTraefik();
    const publisher = createPublisher(snapshotOf(1), 0, (error) => expect.fail(String(error)));
    const stop = new AbortController();
    const lines: string[] = [];
    const applied: number[] = [];
    let running = Promise.resolve();
    /** How far the clock of the Traefiks is ahead, in milliseconds. */
    let ahead = 0;
    return {
      fake,
      publisher,
      lines,
      applied,
      directory: mkdtempSync(join(tmpdir(), "rollcall-api-")),
      later(ms: number) {
        ahead = ms;
      },
      watch(api: Partial<TraefikApi> = {}): Traefiks {
        const say = (fields: object, message?: string) => void lines.push(JSON.stringify({ ...fields, message }));
        const traefiks = createTraefiks({
          ask: askTraefik,
          apis: [{ url: fake.url, headers: {}, name: undefined, ...api }],
          log: { info: say, warn: say } as Parameters<typeof createTraefiks>[0]["log"],
          onApplied: (ordinal) => applied.push(ordinal),
          now: () => Date.now() + ahead,
        });
        running = traefiks.run(publisher, stop.signal);
        return traefiks;
      },
      async end() {
        stop.abort();
        await running;
        publisher.close();
        await fake.close();
      },
    };
  },
  async ({ end, directory }) => {
    await end();
    rmSync(directory, { recursive: true, force: true });
  },
);
const problemOf = (traefiks: Traefiks) => until("a problem", () => traefiks.rows()[0]?.problem);

describe.concurrent("a Traefik of traefik.api", () => {
  test("is seen to run a version soon after it does, and no earlier", async () => {
    const { applied, fake, publisher, watch } = own();
    fake.runs(parsed(snapshotOf(1)));
    const traefiks = watch({ name: "edge1" });
    await until("it runs the first", () => traefiks.rows()[0]?.applied.at(-1)?.ordinal === 1);
    publisher.offer(snapshotOf(2));
    const asked = fake.asked.length;
    await until("it is asked again", () => fake.asked.length > asked + 1);
    expect(traefiks.rows()).toMatchObject([
      { url: fake.url, name: "edge1", answering: true, problem: undefined, applied: [{ ordinal: 1 }] },
    ]);
    fake.runs(parsed(snapshotOf(2)));
    await until("it runs the second", () => traefiks.rows()[0]?.applied.at(-1)?.ordinal === 2);
    expect(applied).toEqual([2]);
  });

  test("is left in peace once it runs the newest", async () => {
    const { fake, watch } = own();
    fake.runs(parsed(snapshotOf(1)));
    const traefiks = watch();
    await until("it runs it", () => traefiks.rows()[0]?.applied.at(-1)?.ordinal === 1);
    const asked = fake.asked.length;
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(fake.asked.length).toBe(asked);
  });

  test("that runs nothing of this server's has no version", async () => {
    const { fake, watch } = own();
    fake.runs(parsed(snapshotOf(5)));
    const traefiks = watch();
    await until("it is asked", () => fake.asked.length > 1);
    expect(traefiks.rows()[0]).toMatchObject({ applied: [], answering: true });
  });

  test("that has not answered for 15 s counts as gone, keeps what it was seen to run, and is said", async () => {
    const { fake, later, lines, publisher, watch } = own();
    fake.runs(parsed(snapshotOf(1)));
    const traefiks = watch();
    await until("it runs it", () => traefiks.rows()[0]?.applied.at(-1)?.ordinal === 1);
    fake.misbehaves((response) => void response.writeHead(503).end());
    publisher.offer(snapshotOf(2));
    expect(await problemOf(traefiks)).toBe("answers 503");
    expect(traefiks.rows()[0]?.answering).toBe(true);
    later(15_100);
    expect(traefiks.rows()[0]).toMatchObject({ answering: false, applied: [{ ordinal: 1 }] });
    expect(lines.join("\n")).toContain("Traefik's API does not answer");
    // Before it is asked again: one that is gone is asked every 10 s.
    fake.misbehaves(undefined);
    await until("it answers again", () => traefiks.rows()[0]?.answering);
    expect(lines.join("\n")).toContain("answers again");
  });
});

describe.concurrent("the headers of traefik.api", () => {
  test("are sent, those of files too, read anew each time, and appear in no row and no line", async () => {
    const { directory, fake, lines, watch } = own();
    const file = join(directory, "secret");
    writeFileSync(file, "Bearer from-a-file\n");
    fake.misbehaves((response) => void response.writeHead(401).end("secret-1234"));
    const traefiks = watch({ headers: { "X-Key": "secret-1234", Authorization: { file } } });
    expect(await problemOf(traefiks)).toBe("answers 401: set headers of traefik.api");
    expect(fake.asked[0]).toMatchObject({ "x-key": "secret-1234", authorization: "Bearer from-a-file" });
    writeFileSync(file, "Bearer another\n");
    await until("the new one", () => fake.asked.at(-1)?.authorization === "Bearer another");
    writeFileSync(file, "two\nlines");
    await until("it is refused", () => traefiks.rows()[0]?.problem?.includes("holds no value of a header"));
    rmSync(file);
    await until("it is missed", () => traefiks.rows()[0]?.problem?.includes("does not exist"));
    expect(JSON.stringify(traefiks.rows()) + lines.join("\n")).not.toMatch(/secret-1234|from-a-file|another|two/);
  });
});

describe.concurrent("an answer that is none", () => {
  test.each<[string, Parameters<FakeTraefik["misbehaves"]>[0], RegExp]>([
    ["is not JSON", (response) => void response.end("<html>"), /not that of \/api\/rawdata/],
    ["is of another shape", (response) => void response.end('{"services":[1]}'), /not that of \/api\/rawdata/],
    ["is cut", (response) => void response.destroy(), /./],
    ["leads elsewhere", (response) => void response.writeHead(302, { Location: "/x" }).end(), /answers 302/],
    ["never comes", () => {}, /no whole answer within 3 s/],
    ["never ends", (response) => void response.write("{"), /no whole answer within 3 s/],
    ["is too long", (response) => void flood(response), /more than 64 MiB|within 3 s/],
  ])("changes nothing and is told: it %s", async (_, answer, words) => {
    const { fake, watch } = own();
    fake.misbehaves(answer);
    const traefiks = watch();
    expect(await problemOf(traefiks)).toMatch(words);
    expect(traefiks.rows()[0]).toMatchObject({ applied: [], off: [], down: [] });
  });

  test("no connection is one too", async () => {
    const { fake, watch } = own();
    await fake.close();
    expect(await problemOf(watch())).toMatch(/refused/);
  });
});

/** Writes as long as it is read. */
function flood(response: import("node:http").ServerResponse) {
  const chunk = Buffer.alloc(1024 * 1024, " ");
  const more = () => {
    while (!response.destroyed && response.write(chunk));
    if (!response.destroyed) response.once("drain", more);
  };
  more();
}

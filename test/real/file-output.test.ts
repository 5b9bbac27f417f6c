import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { realTraefik, titled } from "../support/real/parts.ts";
import { runningOf } from "../support/real/raw-data.ts";
import { serving, useHouse } from "../support/server/house.ts";
import { startTraefik } from "../support/traefik/traefik.ts";
import { until } from "../support/until.ts";

/** What only a file can go wrong with. That it says what the other ways say: ways.test.ts. */

const { binary, missing } = await realTraefik();
const house = useHouse();

describe.skipIf(missing !== undefined)(titled("an output that is a file", missing), { timeout: 120_000 }, () => {
  test("a template in a value is text to the real Traefik, and a file that was emptied is put right", async () => {
    const { at: files, launch, start } = house();
    const watched = join(files.path, "watched");
    const file = join(watched, "rollcall.yml");
    mkdirSync(watched);
    const template = '{{ env "PATH" }}';
    const rule = `Host(\`web.localhost\`) || Query(\`a\`, \`${template}\`)`;
    const group = `name: web\nreplicas: 2\nservice: { port: 3000 }\nrouter: { rule: '${rule}' }\n`;
    writeFileSync(join(files.path, "groups/web.yaml"), group);
    await launch("web-0", "web-1");
    const server = await start({ outputs: [{ file }], resync: "1s" });
    await serving(server, 2);
    const flags = [`--providers.file.directory=${watched}`];
    const traefik = await startTraefik({ binary, endpoint: "http://127.0.0.1:1/", flags });
    onTestFinished(() => void traefik.stop());
    const has = (part: string) =>
      until(`Traefik has ${part}`, async () => (await runningOf(traefik, "file")).join().includes(part));
    await has(JSON.stringify(template).slice(1, -1));
    expect((await server.status()).outputs).toMatchObject([
      { target: `file ${file}`, state: "written", problem: null },
    ]);

    const text = readFileSync(file, "utf8");
    writeFileSync(file, "");
    await until("the file is repaired", () => readFileSync(file, "utf8") === text);
    await has(JSON.stringify(template).slice(1, -1));
  });
});

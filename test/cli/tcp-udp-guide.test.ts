import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { check } from "../../cli/check.ts";
import { readForCheck } from "../../cli/check-input.ts";
import { composeFiles } from "../../cli/check-routes.ts";
import { readDirectory } from "../../files/read-directory.ts";
import { routeRows } from "../../server/document/router-rows.ts";
import { routeListing } from "../../server/routes/route-files.ts";
import { createWiring } from "../../server/wiring.ts";
import { parseGroups } from "../../shared/parse-groups.ts";

/** docs/guides/tcp-udp.md, as it is: its files are written, and read as the server reads them. */

const guide = readFileSync(resolve(import.meta.dirname, "../../docs/guides/tcp-udp.md"), "utf8");
const files = [...guide.matchAll(/```yaml\n# (\S+)\n(.*?)```/gs)].map(([, name = "", text = ""]) => ({ name, text }));
const context = {
  traefik: "3.7",
  gate: "complete",
  makes: true,
  sources: [{ name: "local", projects: ["default"] }],
} as const;
let directory: string;
const at = (name: string) => join(directory, name);

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "rollcall-guide-"));
  for (const { name, text } of files) {
    mkdirSync(dirname(at(name)), { recursive: true });
    writeFileSync(at(name), text);
  }
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const wiring = createWiring({ traefik: { version: context.traefik, uses: [] }, sources: [] });

test("the files of the guide are good, and nothing of them is probably not meant", async () => {
  let said = "";
  const input = await readForCheck({ groups: at("groups"), routes: at("routes") });
  const write = (text: string) => {
    said += text;
  };
  expect(check({ input, context, wiring, colour: false, write })).toBe(0);
  expect(said).toBe("OK: 5 groups, 11 replicas in 4 files; 1 object of route files\n");
});

test("every router of the guide is served, at an entry point of the guide that speaks its protocol", async () => {
  const loaded = parseGroups(await readDirectory(at("groups")), context);
  if (!loaded.ok) throw new Error("the guide has mistakes");
  const { composed } = composeFiles(wiring, loaded.groups, await readDirectory(at("routes"), routeListing));
  const { entryPoints } = parse(readFileSync(at("traefik.yaml"), "utf8")) as {
    readonly entryPoints: Readonly<Record<string, { readonly address: string }>>;
  };
  const rows = routeRows(composed);
  expect(rows.map(({ router, section }) => `${section} ${router}`)).toEqual([
    "tcp db",
    "tcp dns-tcp",
    "tcp mail",
    "tcp vault",
    "udp dns",
  ]);
  for (const { section, entryPoints: points } of rows)
    for (const point of points) expect(entryPoints[point]?.address.endsWith("/udp")).toBe(section === "udp");
  expect(rows.every((row) => row.entryPoints.length === 1)).toBe(true);
});

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { configSchema } from "../server/config.ts";
import { filesUnder, textOf } from "./support/tree/imports.ts";

/** What the pages for people say of the tree is so. */

const pages = [
  ...readdirSync(".").filter((name) => name.endsWith(".md")),
  ...["docs", "deploy", "lab"].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".md") && !name.includes("node_modules"))
      .map((name) => join(folder, name)),
  ),
].sort();
const read = (page: string) => readFileSync(page, "utf8");
const product = ["cli", "server", "shared", "files", "traefik", "stacks"].flatMap(filesUnder).map(textOf).join("\n");
const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, found = ""]) => found);

/** The anchors that GitHub gives the headings of a page. */
const anchors = (page: string) =>
  matches(read(page), /^#+ (.*)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );

test("there are pages to look at", () => {
  expect(pages).toEqual(expect.arrayContaining(["README.md", "docs/reference/cli.md", "lab/README.md"]));
});

describe.each(pages)("%s", (page) => {
  const prose = read(page).replaceAll(/^```.*?^```/gms, "");

  test("has no link that leads nowhere", () => {
    const broken = matches(prose, /\]\(([^)\s]+)\)/g).filter((link) => {
      if (/^[a-z]+:/.test(link)) return false;
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? page : join(dirname(page), path);
      return !existsSync(target) || (anchor !== undefined && !anchors(target).includes(anchor));
    });
    expect(broken).toEqual([]);
  });

  test("names no file of the tree that does not exist", () => {
    const roots = [
      "cli",
      "deploy",
      "docs",
      "embedded-daemon",
      "files",
      "lab",
      "server",
      "shared",
      "stacks",
      "test",
      "traefik",
    ];
    const named = matches(read(page), /(?<![\w./-])((?:[\w-]+\/)+[\w.-]+\.(?:ts|mjs|sh|md|json|txt))(?![\w/])/g);
    expect(named.filter((path) => roots.includes(path.split("/")[0] ?? "") && !existsSync(path))).toEqual([]);
  });
});

test("the README names the two commands on its first screen", () => {
  const screen = read("README.md").split("\n").slice(0, 24);
  for (const command of ["npm run demo", "npm test"])
    expect(screen.filter((line) => line.startsWith(`${command} `))).toHaveLength(1);
});

describe("docs/reference/cli.md", () => {
  const commands = filesUnder("cli/commands").map(textOf).join("\n");
  const page = read("docs/reference/cli.md");

  test.each(matches(commands, /\bprogram\s*\.command\("([a-z]+)"/g))("has the verb %s", (verb) => {
    expect(page).toMatch(new RegExp(`^\\| \`rollcall ${verb}[ \`]`, "m"));
  });

  test.each([...new Set(matches(commands + textOf("cli/options.ts"), /"(?:-\w, )?(--[a-z-]+)[ "]/g))])(
    "has the flag %s",
    (flag) => {
      expect(page).toContain(flag);
    },
  );
});

test("the configuration of docs/reference/configuration.md is one that rollcall takes", () => {
  const [block = ""] = matches(read("docs/reference/configuration.md"), /```yaml\n(.*?)```/gs);
  expect(configSchema.safeParse(parse(block)).error).toBeUndefined();
  expect(Object.keys(parse(block)).sort()).toEqual(Object.keys(configSchema.shape).sort());
});

test("docs/operations/monitoring.md has every metric, and its alerts ask for no other", () => {
  const code = textOf("server/http/metrics.ts");
  const names = matches(code, /(?:(?:gauge|counter)\(\s*|rollcall_)"?([a-z_]+)"/g);
  expect(names).toContain("list_duration_seconds");
  const page = read("docs/operations/monitoring.md");
  expect(names.filter((name) => !page.includes(`\`rollcall_${name}\``))).toEqual([]);
  const [alerts = ""] = matches(page, /```yaml\n(groups:.*?)```/gs);
  const used = matches(JSON.stringify(parse(alerts)), /rollcall_([a-z_]+)/g);
  expect(used.length).toBeGreaterThan(5);
  expect(used.filter((name) => !names.includes(name))).toEqual([]);
});

/** The first quotation of each row; `...` stands for what the code puts in. */
const quoted = matches(
  read("docs/operations/troubleshooting.md").split("## Messages of LXD")[0] ?? "",
  /^\| `([^`]+)`.* \|$/gm,
);
test.each(quoted)("a message of docs/operations/troubleshooting.md is one of rollcall's: %s", (message) => {
  const parts = message.split("...").map((part) => part.trim());
  expect(parts.filter((part) => !product.includes(part))).toEqual([]);
});

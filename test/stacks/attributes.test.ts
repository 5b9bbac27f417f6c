import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { groupSchemas } from "../../shared/group.ts";
import { overridesSchema } from "../../shared/instance-parts.ts";
import { instanceSchema } from "../../shared/instance-schema.ts";

const at = (path: string) => new URL(`../../${path}`, import.meta.url);
const page = readFileSync(at("docs/reference/instance.md"), "utf8");

interface Schema {
  readonly provider_schemas: Readonly<
    Record<
      string,
      { resource_schemas: Record<string, { block: { attributes: object; block_types: object } }> } | undefined
    >
  >;
}

/** The attributes of a provider's instance resource. */
function attributes(file: string, resource: string): string[] {
  const schema = JSON.parse(readFileSync(at(`stacks/providers/${file}`), "utf8")) as Schema;
  const [provider] = Object.values(schema.provider_schemas);
  const { attributes = {}, block_types = {} } = provider?.resource_schemas[resource]?.block ?? {};
  return [...Object.keys(attributes), ...Object.keys(block_types)].sort();
}

const rows = [...page.matchAll(/^\| `(\w+)` \| (yes)? ?\| (yes)? ?\| (.*) \|$/gm)].map(
  ([, name = "", lxd, incus, setBy = ""]) => ({ name, lxd: lxd === "yes", incus: incus === "yes", setBy }),
);

test("the table of attributes has each one that either provider has, with the platforms that have it", () => {
  const named = (has: (row: (typeof rows)[number]) => boolean) => rows.filter(has).map(({ name }) => name);
  expect(named(({ lxd }) => lxd)).toEqual(attributes("lxd.json", "lxd_instance"));
  expect(named(({ incus }) => incus)).toEqual(attributes("incus.json", "incus_instance"));
});

test("a key that it names is one of a group's file, and overrides take what it leaves to them and nothing else that can be set", () => {
  const keys = [...Object.keys(instanceSchema.shape), ...Object.keys(groupSchemas("3.7").http.shape)];
  for (const { name, setBy } of rows) {
    const key = /^(?:the group's )?`(\w+)`/.exec(setBy)?.[1];
    if (key !== undefined) expect(keys, name).toContain(key);
    const isResult = setBy.startsWith("a result");
    if (!isResult)
      expect([name, overridesSchema.safeParse({ [name]: "x" }).success]).toEqual([name, key === "overrides"]);
  }
});

test("the page says what each key of an instance means", () => {
  const [, meanings = ""] = page.split("| key | meaning |");
  for (const key of Object.keys(instanceSchema.shape)) expect(meanings.split("## ")[0]).toContain(`\`${key}\``);
});

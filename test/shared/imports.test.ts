import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const files = readdirSync("shared").filter((name) => name.endsWith(".ts"));

test.each(files)(
  "shared/%s imports nothing of server/, cli/ or stacks/, and no I/O but to read a directory",
  (name) => {
    const imports = [...readFileSync(`shared/${name}`, "utf8").matchAll(/from "([^"]+)"/g)].map(
      ([, from]) => from ?? "",
    );
    expect(imports.filter((from) => from.startsWith("../"))).toEqual([]);
    if (name !== "read-directory.ts") expect(imports.filter((from) => from.startsWith("node:"))).toEqual([]);
  },
);

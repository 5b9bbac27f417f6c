import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { groupJsonSchema } from "../shared/group-json-schema.ts";
import { routesJsonSchema } from "../traefik/model/json-schema.ts";
import { fieldsTable } from "../traefik/model/table.ts";

// Run as `npm run schema`, which finds biome.
const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const schemas = [
  ["group.schema.json", groupJsonSchema()],
  ["routes.schema.json", routesJsonSchema()],
] as const;
for (const [name, text] of schemas) {
  writeFileSync(at(name), text);
  execFileSync("biome", ["format", "--write", at(name)], { stdio: "inherit" });
}
writeFileSync(at("../docs/traefik-fields.md"), fieldsTable());

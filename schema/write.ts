import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { groupJsonSchema } from "../shared/group-json-schema.ts";

// Run as `npm run schema`, which finds biome.
const file = fileURLToPath(new URL("group.schema.json", import.meta.url));
writeFileSync(file, groupJsonSchema());
execFileSync("biome", ["format", "--write", file], { stdio: "inherit" });

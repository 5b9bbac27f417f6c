import { writeFileSync } from "node:fs";
import { groupJsonSchema } from "../shared/group-json-schema.ts";

writeFileSync(new URL("group.schema.json", import.meta.url), groupJsonSchema());

// A single process between npm and the demo: a shell or a wrapper would swallow signals, or forward them twice.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { install } from "../install.mjs";

const directories = (process.env.PATH ?? "").split(delimiter);
const isThere = (program) => directories.some((directory) => existsSync(join(directory, program)));
// Only a terraform can use what CDKTF makes.
install({ stacks: isThere("terraform") || isThere("tofu") });

// Otherwise tsx leaves a directory of compiled files in the temporary directory.
process.env.TSX_DISABLE_CACHE = "1";
const { register } = await import("tsx/esm/api");
register();
await import("../demo.ts");

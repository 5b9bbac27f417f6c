// A single process between npm and the demo: a shell or a wrapper would swallow signals, or forward them twice.
import { install } from "../install.mjs";

install({ stacks: false });

// Otherwise tsx leaves a directory of compiled files in the temporary directory.
process.env.TSX_DISABLE_CACHE = "1";
const { register } = await import("tsx/esm/api");
register();
await import("../demo.ts");

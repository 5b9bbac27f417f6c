// One process from npm to the demo: a shell or a wrapper between them would swallow signals, or pass them on twice.
import { install } from "../install.mjs";

install({ stacks: false });

// Else tsx leaves a directory of compiled files among the temporary ones.
process.env.TSX_DISABLE_CACHE = "1";
const { register } = await import("tsx/esm/api");
register();
await import("../demo.ts");

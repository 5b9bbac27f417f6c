// One process from npm to the demo: a shell or a wrapper between them would swallow signals, or pass them on twice.
import "../install.mjs";

const { register } = await import("tsx/esm/api");
register();
await import("../demo.ts");

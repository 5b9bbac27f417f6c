import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { synthesise } from "../../stacks/synthesise.ts";
import { group } from "../support/server/literals.ts";

/** Synthesises a fleet of so many replicas in groups of 50, and sends how long it took and how much memory was ever resident. */
const replicas = Number(process.argv[2]);
const instance = { image: "web", type: "container", profiles: ["default"], config: {}, devices: {} } as const;
const groups = Array.from({ length: replicas / 50 }, (_, index) => ({
  ...group(`group${index}`, 50),
  instance: { ...instance, profiles: ["default"] },
}));
const path = mkdtempSync(join(tmpdir(), "rollcall-synth-"));
try {
  const began = performance.now();
  const sources = [{ name: "local", address: { family: "ipv4" } }] as const;
  synthesise({ groups, sources, backend: { local: path }, output: join(path, "out") });
  process.send?.({ ms: performance.now() - began, megabytes: process.resourceUsage().maxRSS / 1024 });
} finally {
  rmSync(path, { recursive: true });
}

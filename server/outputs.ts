import { createFileWriter } from "./outputs/file-writer.ts";
import { type Output, type OutputOptions, type OutputState, runOutput } from "./outputs/run-output.ts";
import type { OutputSettings } from "./outputs/settings.ts";
import type { Writer } from "./outputs/writer.ts";

/** All outputs of a server: each runs by itself, and none stops another. */
export interface Outputs {
  rows(): readonly OutputState[];
  /** Resolves after the signal aborted and every writer is closed. */
  readonly ended: Promise<unknown>;
}

export interface OutputsOptions extends Omit<OutputOptions, "writer"> {
  readonly outputs: readonly OutputSettings[];
  /** A directory of this server's own, for files that are being written. */
  readonly aside: string;
}

export function runOutputs({ outputs, aside, ...options }: OutputsOptions): Outputs {
  const running: readonly Output[] = outputs.map((one) => runOutput({ ...options, writer: writerOf(one, aside) }));
  return { rows: () => running.map(({ state }) => state()), ended: Promise.all(running.map(({ ended }) => ended)) };
}

/**
 * The writer of an output. It opens nothing before its first write; what only a store needs is loaded only for one. `aside`: a directory in
 * which a file may be written before it is renamed.
 */
export function writerOf(output: OutputSettings, aside: string): Writer {
  if ("file" in output) return createFileWriter(output, aside);
  const { prefix } = output;
  const target = "etcd" in output ? `etcd ${output.etcd.join(" ")} ${prefix}/` : `redis ${output.redis} ${prefix}/`;
  return loadedLater(target, async () => {
    const { flatten } = await import("./outputs/key-value/flatten.ts");
    if ("etcd" in output) {
      const { createEtcdWriter } = await import("./outputs/etcd/writer.ts");
      const { etcd: endpoints, lease, ...access } = output;
      const settings = { ...access, endpoints, lease: Math.round(lease / 1000) };
      return createEtcdWriter(settings, ({ document }) => flatten(document, { prefix, keepsEmpty: true }));
    }
    const { createRedisWriter } = await import("./outputs/redis/redis-writer.ts");
    return createRedisWriter(output, ({ document }) => flatten(document, { prefix, keepsEmpty: false }));
  });
}

function loadedLater(target: string, load: () => Promise<Writer>): Writer {
  let loaded: Promise<Writer> | undefined;
  const writer = () => {
    loaded ??= load();
    return loaded;
  };
  return {
    target,
    write: async (document, signal) => (await writer()).write(document, signal),
    check: async (document, signal) => {
      const { check, write } = await writer();
      return (check ?? write)(document, signal);
    },
    close: async () => (await loaded)?.close(),
  };
}

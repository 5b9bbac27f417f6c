import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { remarkStates } from "../document/choose.ts";
import type { Stage } from "./propagation.ts";
import type { Status } from "./status.ts";

/** The server's metrics, in the Prometheus text format. */
export interface Metrics {
  /** A poll was answered with that status. */
  polled(status: number): void;
  /** A document has reached a stage, so many seconds after the look that first showed what is new in it. */
  propagated(stage: Stage, seconds: number): void;
  /** A look at a source took that long. */
  looked(source: string, seconds: number): void;
  /** A replica was asked whether it answers; it took that long. */
  probed(result: string, seconds: number): void;
  /** The content type and the text of this moment. `asked`: how many replicas are asked whether they answer. */
  render(status: Status, counts: readonly SourceCounts[], asked: number): Promise<{ type: string; text: string }>;
}

export interface SourceCounts {
  readonly name: string;
  readonly events: number;
  readonly reconnects: number;
}

export function createMetrics(build: { version: string }): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  // promtool refuses these three: a gauge may not end in _total.
  for (const kind of ["handles", "requests", "resources"]) registry.removeSingleMetric(`nodejs_active_${kind}_total`);

  const gauge = <T extends string>(name: string, help: string, ...labelNames: T[]) =>
    new Gauge({ name: `rollcall_${name}`, help, labelNames, registers });
  const counter = <T extends string>(name: string, help: string, ...labelNames: T[]) =>
    new Counter({ name: `rollcall_${name}`, help, labelNames, registers });

  gauge("build_info", "The version that runs; always 1.", "version").set({ version: build.version }, 1);
  const sourceUp = gauge("source_up", "Whether the last look read everything.", "source");
  const events = counter("events_total", "Events received.", "source");
  const reconnects = counter("event_reconnects_total", "How often the event stream was opened again.", "source");
  const look = new Histogram({
    name: "rollcall_list_duration_seconds",
    help: "How long a look at a source takes.",
    labelNames: ["source"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const probe = new Histogram({
    name: "rollcall_probe_duration_seconds",
    help: "How long a question to a replica takes, by how it ends: good, bad, late (no answer in time) or unasked.",
    labelNames: ["result"],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const targets = gauge("probe_targets", "Replicas that are asked now and then whether they answer.");
  const starting = gauge("group_starting", "Replicas that have an address and are not ready yet.", "group");
  const leaving = gauge("group_leaving", "Replicas that run and are leaving.", "group");
  const propagation = new Histogram({
    name: "rollcall_propagation_seconds",
    help: "How long a change takes from the look that first shows it.",
    labelNames: ["stage"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const declared = gauge("group_declared", "Replicas that the file declares.", "group");
  const present = gauge("group_present", "Declared replicas that are present.", "group");
  const outdated = gauge("group_outdated", "Replicas made from an older declaration than the file's.", "group");
  const instances = gauge(
    "labelled_instances",
    "Instances that declare themselves by labels.",
    "source",
    "project",
    "state",
  );
  const faulty = gauge(
    "labelled_instances_with_problems",
    "Those of which not every label is served.",
    "source",
    "project",
  );
  const remarks = gauge(
    "objects_affected",
    "Objects of groups and routes that are not served as written, or that are noted.",
    "state",
  );
  const locked = gauge("group_locked", "Whether what is declared waits for its roll call.", "group");
  const peers = gauge("peer_agrees", "Whether a peer answers and serves the same of the same inputs.", "peer");
  const drains = gauge("drained_instances", "Instances that are drained, by how far their drain is.", "step");
  const outputs = gauge("output_state", "What an output is at; always 1.", "target", "state");
  const warnings = gauge("output_warnings", "What is not as it should be in an output that is written.", "target");
  const lastWrite = gauge(
    "output_last_write_timestamp_seconds",
    "When an output was last written, or compared and found right.",
    "target",
  );
  const failures = counter("output_failures_total", "Writes of an output that failed.", "target");
  const traefikUp = gauge("traefik_up", "Whether a Traefik of traefik.api answered in the last 15 s.", "url");
  const traefikCurrent = gauge("traefik_current", "Whether it runs the newest document, as far as known.", "url");
  const version = gauge("snapshot_version_info", "The version that is served; always 1.", "version", "status");
  const changed = gauge("snapshot_last_change_timestamp_seconds", "When the version last moved.");
  const polls = counter("polls_total", "Polls answered.", "code");
  const lastPoll = gauge("last_poll_timestamp_seconds", "When someone last polled.");
  const memory = gauge("memory_last_write_successful", "Whether the newest memory is on the disk.");
  const reload = gauge("config_last_reload_successful", "Whether the newest reading of the group files was taken.");

  function update(status: Status, counts: readonly SourceCounts[]) {
    const all = [
      sourceUp,
      events,
      reconnects,
      declared,
      present,
      starting,
      leaving,
      outdated,
      remarks,
      instances,
      faulty,
      locked,
      peers,
      drains,
      outputs,
      warnings,
      lastWrite,
      failures,
      traefikUp,
      traefikCurrent,
      version,
    ];
    for (const metric of all) metric.reset();
    for (const { name, up } of status.sources) sourceUp.set({ source: name }, Number(up));
    for (const one of counts) {
      events.inc({ source: one.name }, one.events);
      reconnects.inc({ source: one.name }, one.reconnects);
    }
    for (const group of status.groups) {
      declared.set({ group: group.name }, group.declared);
      present.set({ group: group.name }, group.present);
      for (const [gauge, state] of [
        [starting, "starting"],
        [leaving, "leaving"],
      ] as const)
        gauge.set({ group: group.name }, group.replicas.filter((row) => row.state === state).length);
      outdated.set({ group: group.name }, group.replicas.filter(({ spec }) => spec === "outdated").length);
      locked.set({ group: group.name }, Number(group.pending !== null));
    }
    for (const state of remarkStates)
      remarks.set({ state }, status.routes.remarks.filter((one) => one.state === state).length);
    for (const { source, project, state, problems } of status.labelled) {
      instances.inc({ source, project, state });
      faulty.inc({ source, project }, Number(problems.length > 0));
    }
    for (const { url, state } of status.peers)
      if (state !== "itself") peers.set({ peer: url }, Number(state === "agrees"));
    for (const { step } of status.marks) drains.inc({ step });
    for (const { target, state, lastGood, ...row } of status.outputs) {
      outputs.set({ target, state }, 1);
      warnings.set({ target }, row.warnings.length);
      if (lastGood !== null) lastWrite.set({ target }, Date.parse(lastGood) / 1000);
      failures.inc({ target }, row.failures);
    }
    for (const { url, answering, current } of status.traefiks) {
      traefikUp.set({ url }, Number(answering));
      traefikCurrent.set({ url }, Number(current));
    }
    version.set({ version: status.version, status: status.status }, 1);
    changed.set(Date.parse(status.published) / 1000);
    memory.set(Number(status.stateDirectory.problem === null));
    reload.set(Number(status.groupsDirectory.problem === null && status.routes.problems.length === 0));
  }

  return {
    polled(status) {
      polls.inc({ code: status });
      lastPoll.setToCurrentTime();
    },
    probed: (result, seconds) => probe.observe({ result }, seconds),
    propagated: (stage, seconds) => propagation.observe({ stage }, seconds),
    looked: (source, seconds) => look.observe({ source }, seconds),
    async render(status, counts, asked) {
      update(status, counts);
      targets.set(asked);
      return { type: registry.contentType, text: await registry.metrics() };
    },
  };
}

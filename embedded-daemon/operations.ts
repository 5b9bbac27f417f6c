import type { Clock } from "./clock.ts";
import type { EventHub } from "./events.ts";
import type { WireOperation } from "./shapes.ts";

/** A refusal in LXD's words, with the HTTP status it answers with. */
export class DaemonError extends Error {
  override name = "DaemonError";
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** One background operation, as `GET /1.0/operations/ID` shows it. */
export interface Operation {
  readonly view: WireOperation;
  readonly project: string;
  /** Resolves when it has ended, in success or not. */
  readonly ended: Promise<void>;
}

export interface OperationSpec {
  project: string;
  description: string;
  resources: Record<string, string[]>;
  location: string;
  /** `report` publishes progress, as an event of status Running. */
  work(report: (metadata: Record<string, unknown>) => void): Promise<void>;
}

export interface Operations {
  /** Starts it and tells the event streams of every step. */
  run(spec: OperationSpec): Operation;
  find(id: string): Operation | undefined;
  /** Those of a project, by their status in lower case, as `GET /1.0/operations` shows them. */
  list(project: string): Record<string, WireOperation[]>;
}

/** How long LXD still knows an operation after its end. */
const KEPT = 5000;

export function createOperations(clock: Clock, events: EventHub): Operations {
  const known = new Map<string, Operation>();
  const past: { id: string; at: number }[] = [];

  function forgetOld(): void {
    while ((past[0]?.at ?? Number.POSITIVE_INFINITY) < performance.now() - KEPT) known.delete(past.shift()?.id ?? "");
  }

  return {
    run(spec) {
      forgetOld();
      const created = clock.now();
      const view: WireOperation = {
        id: clock.uuid(),
        class: "task",
        description: spec.description,
        created_at: created,
        updated_at: created,
        status: "Pending",
        status_code: 105,
        resources: spec.resources,
        metadata: null,
        may_cancel: false,
        err: "",
        location: spec.location,
      };
      const tell = (status: string, code: number) => {
        view.status = status;
        view.status_code = code;
        events.publish("operation", spec.project, spec.location, view);
      };
      const report = (metadata: Record<string, unknown>) => {
        view.metadata = metadata;
        view.updated_at = clock.now();
        tell("Running", 103);
      };
      tell("Pending", 105);
      tell("Running", 103);
      const ended = spec
        .work(report)
        .then(
          () => tell("Success", 200),
          (error: unknown) => {
            view.err = error instanceof Error ? error.message : String(error);
            tell("Failure", 400);
          },
        )
        .then(() => {
          past.push({ id: view.id, at: performance.now() });
        });
      const operation = { view, ended, project: spec.project };
      known.set(view.id, operation);
      return operation;
    },
    find(id) {
      forgetOld();
      return known.get(id);
    },
    list(project) {
      forgetOld();
      const lists: Record<string, WireOperation[]> = {};
      for (const one of known.values()) {
        if (one.project !== project) continue;
        const status = one.view.status.toLowerCase();
        lists[status] = [...(lists[status] ?? []), one.view];
      }
      return lists;
    },
  };
}

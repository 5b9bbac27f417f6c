import { setMaxListeners } from "node:events";
import type { Logger } from "pino";
import { steadyNow } from "../../files/steady-now.ts";
import type { Hold } from "../../server/http/hold.ts";
import { live } from "../../server/http/live-pollers.ts";
import { type MarkParts, markRows } from "../../server/http/mark-rows.ts";
import { createPollers, shortestLife } from "../../server/http/pollers.ts";
import { createProviderRoute, type ProviderRoute } from "../../server/http/provider.ts";
import type { Writes } from "../../server/http/writes.ts";
import { createProbes } from "../../server/probes/probes.ts";
import type { Ask } from "../../server/probes/question.ts";
import type { AskTraefik } from "../../server/traefik-api/ask.ts";
import { createTraefiks } from "../../server/traefik-api/traefiks.ts";
import { startWalk, type Walk } from "../../server/walk.ts";
import { createWiring, type Wiring } from "../../server/wiring.ts";
import { createWrites } from "../../server/writes.ts";
import type { DeclaredGroup } from "../../shared/parse-groups.ts";
import { labelSettings } from "../support/server/labels.ts";
import { createDisk } from "./disk.ts";
import { createFiles } from "./files.ts";
import { createSource, type SimulatedSource } from "./source.ts";
import type { Truth } from "./truth.ts";
import type { Wires } from "./wires.ts";

/** What a simulated server is made of. A planted fault replaces a part. */
export interface Parts {
  readonly serve: Wiring["serve"];
  readonly ask: (ask: Ask) => Ask;
  /** What a drain is judged by. */
  readonly facts: (facts: MarkParts) => MarkParts;
}

const sources = [{ name: "local", labels: labelSettings() }];
const wiring = createWiring({ traefik: { version: "3.7", uses: [] }, sources });
export const realParts: Parts = { serve: wiring.serve, ask: (ask) => ask, facts: (facts) => facts };

export interface ServerOptions {
  readonly groups: readonly DeclaredGroup[];
  readonly hold: Hold;
  readonly parts: Parts;
  readonly truth: Truth;
  readonly wires: Wires;
  readonly ask: Ask;
  readonly askTraefik: AskTraefik;
  /** The URLs of the APIs of Traefiks that it knows. */
  readonly apis: readonly string[];
  /** After each roll call. */
  readonly called: (walk: Walk) => void;
  readonly published: (walk: Walk) => void;
  readonly failed: (error: unknown) => void;
}

/** The servers of one history, one after the other: the real one, put together as `serve` does, without its listeners. */
export interface SimulatedServer {
  readonly walk: () => Walk;
  readonly source: () => SimulatedSource;
  readonly writes: () => Writes;
  /** Undefined until it listens. */
  readonly route: () => ProviderRoute | undefined;
  /** When it started, in milliseconds since 1970. */
  readonly began: () => number;
  /** How far the drain of a mark is. One that has ended by itself is not there. */
  drainStep(key: string): string | undefined;
  readonly declared: () => readonly DeclaredGroup[];
  /** Changes the group files. */
  declare(groups: readonly DeclaredGroup[]): void;
  start(): void;
  /** Ends it; with `crash` what is not written yet is lost. Returns whether something is. */
  end(crash: boolean): boolean;
}

export function createServer(options: ServerOptions): SimulatedServer {
  const { truth, wires, parts, failed } = options;
  const disk = createDisk(wires);
  const log = {
    ...{ info() {}, warn() {} },
    error: ({ problem }: { problem: string }) => failed(new Error(problem)),
  } as unknown as Logger;
  const groupFiles = createFiles(options.groups, wires);
  let now: ReturnType<typeof serve>;

  function guarded(run: () => void) {
    try {
      run();
    } catch (error) {
      failed(error);
    }
  }

  function serve() {
    const stop = new AbortController();
    const { signal } = stop;
    setMaxListeners(0, signal);
    const state = disk.open();
    const unseenUntil = state.kept.memory.opened ? steadyNow() + shortestLife : 0;
    let walk: Walk | undefined;
    const source = createSource(truth, wires, () => guarded(() => walk && options.called(walk)));
    const probes = createProbes({ ask: parts.ask(options.ask), onProbe() {} });
    const started = startWalk({
      wiring: { ...wiring, serve: parts.serve },
      files: groupFiles.open(state.kept.groups),
      sources: [source],
      ...{ probes, state, settle: 250, log, signal },
    });
    walk = started;
    const { publisher } = walk;
    publisher.onVersion(() => guarded(() => options.published(started)));
    const pollers = createPollers();
    const apis = options.apis.map((url) => ({ url, headers: {} }));
    const traefiks = createTraefiks({ apis, ask: options.askTraefik, log, onApplied() {} });
    void traefiks.run(publisher, signal).catch(failed);
    const route = createProviderRoute({
      publisher,
      pollers,
      hold: options.hold,
      onPoll() {},
      onGiven() {},
      onCut() {},
    });
    const token = { read: async () => "" } as unknown as Writes["token"];
    const writes = createWrites({ walk, sources: [source], token, log });
    const server = {
      stop,
      walk,
      source,
      pollers,
      traefiks,
      route,
      writes,
      unseenUntil,
      began: Date.now(),
      listens: false,
    };
    void walk.read.then(() => {
      server.listens = true;
    }, failed);
    walk.ended.catch(failed);
    return server;
  }

  now = serve();
  return {
    walk: () => now.walk,
    source: () => now.source,
    writes: () => now.writes,
    route: () => (now.listens ? now.route : undefined),
    began: () => now.began,
    drainStep(key) {
      const { walk, pollers, traefiks, unseenUntil } = now;
      const mark = walk.marks.current().get(key);
      if (!mark) return undefined;
      const facts = {
        ...{ marks: new Map([[key, mark]]), releaseOf: walk.marks.releaseOf, ordinal: walk.publisher.ordinal() },
        ...{ now: steadyNow(), locked: walk.publisher.current().status !== 200, unseenUntil },
        ...{
          pollers: live(pollers.list()),
          outputs: [],
          traefiks: traefiks.rows().filter(({ answering }) => answering),
        },
      };
      return markRows(parts.facts(facts))[0]?.step;
    },
    declared: groupFiles.groups,
    declare: groupFiles.declare,
    start() {
      now = serve();
    },
    end(crash) {
      now.stop.abort();
      now.route.release();
      return disk.end(crash);
    },
  };
}

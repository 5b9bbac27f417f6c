import fc from "fast-check";
import type { DeclaredGroup } from "../../shared/parse-groups.ts";
import { group } from "../support/server/literals.ts";
import type { Lie } from "./source.ts";
import { names } from "./truth.ts";

/** One thing that happens, `after` so many milliseconds. Which one it happens to is a number: of whatever there is then. */
export type Step = { readonly after: number } & (
  | { readonly do: "look"; readonly lie: Lie; readonly of: readonly string[] }
  | { readonly do: "arrive"; readonly count: number }
  | {
      readonly do: "poll" | "stop-traefik" | "go-on" | "refuse" | "reconnect" | "restart-traefik";
      readonly which: number;
    }
  | { readonly do: "start" | "stop" | "freeze" | "open" | "close" | "move"; readonly name: string }
  | { readonly do: "begin-ending" | "fail-ending"; readonly name: string }
  | { readonly do: "end"; readonly name: string; readonly told: boolean }
  | { readonly do: "make"; readonly name: string; readonly at: "previous" | "other" }
  | { readonly do: "drain"; readonly name: string; readonly aim: Aim }
  | { readonly do: "undrain"; readonly name: string }
  | { readonly do: "declare"; readonly group: DeclaredGroup }
  | { readonly do: "remove"; readonly group: string }
  | { readonly do: "rollout"; readonly group: "api" | "web" }
  | { readonly do: "restart"; readonly crash: boolean }
);

/** What an operator does to an instance once its drain is done. */
export type Aim = "stop" | "restart" | "delete" | "replace" | "nothing";

const health = { http: "/health", status: "200-399", interval: "5s", timeout: "2s", rise: 1 } as const;
const ready = fc.constantFrom<DeclaredGroup["service"]["ready"]>(
  ...([undefined, undefined, "port", "platform"] as const),
  { ...health, fall: "off" },
  { ...health, fall: 2 },
);
const gate = fc.constantFrom<DeclaredGroup["gate"]>(
  "complete",
  "complete",
  "strict",
  { minimum: 1 },
  { minimum: "50%" },
);
const port = fc.constantFrom(3000, 3000, 4000);

function declarationOf(name: "api" | "web"): fc.Arbitrary<DeclaredGroup> {
  return fc
    .record({
      replicas: fc.integer({ min: 1, max: name === "api" ? 2 : 4 }),
      gate,
      port,
      ready,
      protocol: fc.constantFrom("http" as const, "http" as const, "http" as const, "tcp" as const),
      selects: fc.constantFrom(false, false, false, true),
    })
    .map(({ replicas, gate, port, ready, protocol, selects }) => {
      const common = { port, ...(ready !== undefined && { ready }) };
      const service = protocol === "tcp" ? { protocol, ...common } : { protocol, scheme: "http" as const, ...common };
      return group(name, replicas, { gate, service, ...(selects && { selector: { prefix: `${name}-` } }) });
    });
}

const name = fc.constantFrom(...names);
const which = fc.nat(1);
const lie = fc.constantFrom<Lie>(
  "none",
  "none",
  "none",
  "none",
  "none",
  "none",
  "fails",
  "lacks",
  "lacks",
  "errors",
  "unread",
  "freezing",
);

function of<T extends object>(weight: number, what: { [Key in keyof T]: fc.Arbitrary<T[Key]> }) {
  return { weight, arbitrary: fc.record(what) as unknown as fc.Arbitrary<object> };
}
const doing = <T extends string>(...one: T[]) => fc.constantFrom(...one);

const happening = fc.oneof(
  of(12, { do: doing("look"), lie, of: fc.subarray([...names]) }),
  of(24, { do: doing("arrive"), count: fc.integer({ min: 1, max: 6 }) }),
  of(3, { do: doing("poll"), which }),
  of(3, { do: doing("stop-traefik", "go-on", "refuse", "reconnect", "restart-traefik"), which }),
  of(5, { do: doing("start", "open", "open"), name }),
  of(4, { do: doing("stop", "freeze", "close", "move", "move"), name }),
  of(2, { do: doing("begin-ending", "fail-ending"), name }),
  of(2, { do: doing("end"), name, told: fc.boolean() }),
  of(4, { do: doing("make"), name, at: doing("previous", "other") }),
  of(8, { do: doing("drain"), name, aim: doing("stop", "restart", "delete", "replace", "nothing") }),
  of(1, { do: doing("undrain"), name }),
  of(3, { do: doing("declare"), group: fc.oneof(declarationOf("api"), declarationOf("web")) }),
  of(1, { do: doing("remove"), group: doing("api", "web") }),
  of(1, { do: doing("rollout"), group: doing("api", "web") }),
  of(2, { do: doing("restart"), crash: fc.boolean() }),
);

const after = fc.constantFrom(0, 0, 0, 100, 300, 1000, 3000, 6000);

/** What happens one after the other, to a world of two groups. */
export interface History {
  readonly groups: readonly DeclaredGroup[];
  /** Whether all are there, open and seen at the beginning: chance alone gets there seldom. */
  readonly opened: boolean;
  /** Whether polls are held. */
  readonly hold: "auto" | "off";
  /** Of how many Traefiks the server knows the API. */
  readonly apis: number;
  readonly steps: readonly Step[];
  /** The seed of fast-check's scheduler, which orders what arrives. A clone of a scheduler would not choose the same again. */
  readonly order: number;
}

export const history: fc.Arbitrary<History> = fc.record({
  groups: fc.tuple(declarationOf("api"), declarationOf("web")),
  opened: fc.constantFrom(true, true, true, false),
  hold: fc.constantFrom("auto", "off"),
  apis: fc.constantFrom(0, 1, 2),
  steps: fc.array(
    fc.tuple(after, happening).map(([after, what]) => ({ after, ...what }) as Step),
    { maxLength: 45, size: "max" },
  ),
  order: fc.noShrink(fc.nat()),
});

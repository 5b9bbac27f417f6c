import type { Composed } from "../../../server/document/compose.ts";
import { labelsSchema } from "../../../server/labels/settings.ts";
import { noMemory } from "../../../server/roll-call/memory.ts";
import type { Observed } from "../../../server/roll-call/observed.ts";
import { nothingTold } from "../../../server/roll-call/roll-call.ts";
import { noRoutes, parseRoutes, type Routes } from "../../../server/routes/parse-routes.ts";
import { createWiring } from "../../../server/wiring.ts";
import type { TakenHost } from "../cases/taken-hosts.ts";
import { declare, group, instance, listing } from "./literals.ts";

export interface Backends {
  /** The ports on loopback of the operator's service and of the instance with the labels. */
  readonly operator: number;
  readonly label: number;
}

/** What is served of a case after its operator's edit; `owned: false` leaves the operator out, and what the label would take is free. */
export function composeCase(one: TakenHost, { operator, label }: Backends, owned = true): Composed {
  const { tcp, file, edited = file, pending, labels, first, hosts = ["*.apps.test"], entryPoints = [] } = one;
  const allow = { first: { hosts: ["*.apps.test"] }, default: { hosts, entryPoints } };
  const sources = [{ name: "local", labels: labelsSchema.parse({ allow }) }];
  const wiring = createWiring({ traefik: { version: "3.7.15", uses: [] }, sources });
  const service = tcp
    ? ({ protocol: "tcp", port: operator } as const)
    : ({ protocol: "http", scheme: "http", port: operator } as const);
  const web = group("web", 1, { service, ...(one.group && { router: one.group as never }) });
  const keys = (written: Readonly<Record<string, string>>, port: number) => ({
    "user.traefik.enable": "true",
    ...Object.fromEntries(
      Object.entries(written).map(([key, value]) => [`user.traefik.${key}`, value.replace("PORT", String(port))]),
    ),
  });
  // Loopback has many addresses: two instances of one would be remarked.
  const at = (last: number) => ({ address: `127.0.0.${last}` });
  const isPending = pending && one.group !== undefined;
  const own = isPending ? [] : [instance("web-0", at(1))];
  const label0 = instance("evil-0", { ...at(3), keys: keys(labels, label) });
  const first0 = first && owned ? [instance("first-0", { ...at(4), keys: keys(first, operator) })] : [];
  const seen = (...others: typeof own): Observed =>
    new Map([
      [
        "local",
        new Map([
          ["default", listing(...own, ...others)],
          ["first", listing(...first0)],
        ]),
      ],
    ]);
  const routesOf = (text: string | undefined, before: Routes) => {
    const files = new Map(text === undefined || !owned ? [] : [["routes/site.yaml", Buffer.from(text)]]);
    return parseRoutes(
      {
        directory: "routes",
        files,
        attached: new Map(),
        problems: [],
        remarks: [],
        watched: [],
        empty: [],
        absent: false,
      },
      wiring.readObject,
      before,
    );
  };
  // The roll call was open before the group was declared.
  const memory = { ...noMemory, opened: true };
  const other = group("other", 1, { service });
  const declared = declare(...(owned ? [other, web] : [other]));
  const others = [instance("other-0", at(2))];
  const before = wiring.serve(
    { declared, routes: routesOf(file, noRoutes), listings: seen(...others), ...nothingTold },
    memory,
    {
      objects: new Map(),
      served: new Map(),
      byLabels: new Set(),
    },
  );
  const routes = routesOf(edited, routesOf(file, noRoutes));
  const inputs = { declared, routes, listings: seen(...others, label0), ...nothingTold };
  return wiring.serve(inputs, before.memory, before.composed).composed;
}

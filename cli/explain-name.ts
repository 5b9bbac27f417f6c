import { plural } from "../files/format-problems.ts";
import type { RouteRow } from "../server/document/router-rows.ts";
import type { PartRow, ServiceRow } from "../server/document/service-rows.ts";
import type { GroupRow, Status } from "../server/http/status.ts";
import { weightKey } from "../shared/tags.ts";
import { priorityOf } from "../traefik/rule/priority.ts";

/** What happens to everything of that name. */
export function aboutName(status: Status, name: string): string[] {
  return [
    aboutRouters,
    aboutServices,
    aboutMiddlewares,
    aboutRemarks,
    aboutGroups,
    aboutReplicas,
    aboutInstances,
    aboutTraefiks,
  ].flatMap((about) => about(status, name));
}

/** Every name that `aboutName` knows. */
export function namesIn({ routes, groups, labelled }: Status): string[] {
  return [
    ...routes.routers.map(({ router }) => router),
    ...routes.services.map(({ service }) => service),
    ...routes.middlewares.map(({ middleware }) => middleware),
    ...routes.remarks.map(({ name }) => name),
    ...groups.flatMap(({ name, replicas }) => [name, ...replicas.map(({ replica }) => replica)]),
    ...labelled.map(({ instance }) => instance),
  ];
}

function aboutRouters(status: Status, name: string): string[] {
  return status.routes.routers
    .filter(({ router }) => router === name)
    .flatMap((router) => [
      `${routerName(router)}: ${router.state}`,
      `  ${router.section === "udp" ? "" : `rule ${router.rule ?? "-"}, priority ${priorityIn(router)}, `}entry points ${router.entryPoints.join(", ") || "default"}${router.tls ? ", TLS" : ""}`,
      `  service ${router.service ?? "-"}: ${router.servers ?? "?"} servers, of ${router.leadsTo.join(", ") || "no service"}`,
      ...parts(status, router),
    ]);
}

function aboutServices(status: Status, name: string): string[] {
  const { routers, services } = status.routes;
  return services
    .filter(({ service }) => service === name)
    .flatMap(({ service, section, type, servers, state }) => {
      const around = services.filter(
        (one) => one.section === section && one.parts.some((part) => part.service === name),
      );
      const leading = routers.filter((one) => one.section === section && one.service === name);
      const users = [...leading.map(routerName), ...around.map((one) => `service ${one.service}`)];
      return [
        `${prefixed(section, "service")} ${name}: ${state}, ${type}, ${plural(servers, "server")}`,
        ...parts(status, { section, service }),
        `  used by ${users.join(", ") || "no router and no service"}`,
      ];
    });
}

function aboutMiddlewares({ routes }: Status, name: string): string[] {
  return routes.middlewares
    .filter(({ middleware }) => middleware === name)
    .flatMap(({ section, type, state }) => {
      const users = routes.routers.filter((one) => one.section === section && one.middlewares.includes(name));
      return [
        `${prefixed(section, "middleware")} ${name}: ${state}, ${type}`,
        `  used by ${users.map(routerName).join(", ") || "no router"}`,
      ];
    });
}

function aboutRemarks({ routes }: Status, name: string): string[] {
  return routes.remarks
    .filter((one) => one.name === name)
    .map(({ kind, state, origin, reason }) => `${kind} ${name} at ${origin}: ${state}, ${reason}`);
}

/** What Traefiks whose API is known say of it. */
function aboutTraefiks({ traefiks }: Status, name: string): string[] {
  return traefiks.flatMap(({ url, off, down }) => [
    ...off
      .filter((one) => one.name === name)
      .map(({ kind, state, reason }) => `${kind} ${name} in Traefik at ${url}: ${state}, ${reason}`),
    ...down
      .filter(({ service }) => service === name)
      .map(({ server }) => `server ${server} of ${name}: down by the health check of Traefik at ${url}`),
  ]);
}

function aboutGroups({ groups }: Status, name: string): string[] {
  return groups
    .filter((group) => group.name === name)
    .map(({ present, declared, pending, replicas }) => {
      const away = replicas.flatMap(({ replica, reason }) => (reason === null ? [] : [`${replica} ${reason}`]));
      const why = [...(pending ? ["a change is pending"] : []), ...away].join(", ");
      return `group ${name}: ${present} of ${declared} present${why === "" ? "" : ` (${why})`}`;
    });
}

function aboutReplicas({ groups, routes }: Status, name: string): string[] {
  return groups.flatMap((group) =>
    group.replicas
      .filter(({ replica }) => replica === name)
      .flatMap(({ source, state, address, weight, weightFrom, reason, detail, remark }) => {
        const why = [reason, detail, remark].filter((part) => part).join(": ");
        const leading = routes.routers.filter((one) => leadsTo(one, group));
        const sayer = weightFrom === "file" ? "its group's file" : weightKey;
        return [
          `${name} of group ${group.name}${source === group.source ? "" : ` on ${source}`}: ${state}${address === null ? "" : ` at ${address}`}${why === "" ? "" : ` (${why})`}`,
          ...(typeof weight === "number" ? [`  weight ${weight}, by ${sayer}`] : []),
          `  routers that lead to ${group.name}: ${leading.map(routerName).join(", ") || "none"}`,
        ];
      }),
  );
}

function aboutInstances({ labelled }: Status, name: string): string[] {
  return labelled
    .filter(({ instance }) => instance === name)
    .flatMap(({ source, project, state, address, reason, detail, problems }) => {
      const why = [reason, detail].filter((part) => part !== null).join(": ");
      return [
        `${name} of ${source}/${project}, by its labels: ${state}${address === null ? "" : ` at ${address}`}${why === "" ? "" : ` (${why})`}`,
        ...problems.map((problem) => `  ${problem}`),
      ];
    });
}

/** What each service within a service gets. */
export function parts({ routes }: Status, { section, service }: Pick<RouteRow, "section" | "service">): string[] {
  const find = (name: string | null) => routes.services.find((one) => one.section === section && one.service === name);
  const around = find(service);
  return (around?.parts ?? []).map((part) => {
    const servers = find(part.service)?.servers;
    return `    ${part.service}: ${shareOf(part, around)}${servers === undefined ? "" : `, ${plural(servers, "server")}`}`;
  });
}

function shareOf({ path, weight }: PartRow, around: ServiceRow | undefined): string {
  if (path.startsWith("mirroring.mirrors")) return `a mirror of ${weight ?? 0} %`;
  if (!path.includes("[")) return path;
  // Traefik's own weight where none is written.
  const own = weight ?? 1;
  const total = (around?.parts ?? []).reduce((sum, part) => sum + (part.weight ?? 1), 0);
  return `weight ${own}, ${total === 0 ? 0 : Math.round((1000 * own) / total) / 10} %`;
}

/** Another section may have a service of the same name. */
function leadsTo({ section, leadsTo }: RouteRow, { name, inEffect }: GroupRow): boolean {
  return leadsTo.includes(name) && section === (inEffect?.protocol ?? section);
}

/** The priority in Traefik: the one that is written, else the length of the rule. */
export function priorityIn({ priority, rule, section }: RouteRow): number {
  return priority || priorityOf(rule ?? "", section === "tcp" ? "tcp" : "http");
}

export function routerName({ section, router }: RouteRow): string {
  return `${prefixed(section, "router")} ${router}`;
}

function prefixed(section: RouteRow["section"], noun: string): string {
  return section === "http" ? noun : `${section} ${noun}`;
}

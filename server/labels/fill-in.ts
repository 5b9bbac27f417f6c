import type { Kind, ObjectValue } from "../../traefik/objects/objects.ts";
import type { LabelledObject } from "./labelled-object.ts";

/** What is used if labels do not say it. */
export interface WiringNames {
  /** The name of the service and the router: the instance's name without a number at the end. */
  readonly name: string;
  /** The rule of an HTTP router that has none. */
  readonly rule: string;
  /** The port of an HTTP service that names none. */
  readonly port: number | undefined;
}

/** The name that replicas share: `web` of `web-3`. */
export function serviceName(instance: string): string {
  return instance.replace(/-\d+$/, "");
}

/**
 * Completes what one instance declares, as Traefik's Docker provider does (BuildRouterConfiguration and related functions): a missing service
 * is added; a missing HTTP router is added with the default rule; a router without a service gets the only one there is. An instance
 * with only TCP or UDP gets nothing for HTTP.
 */
export function wire(objects: readonly LabelledObject[], names: WiringNames): LabelledObject[] {
  const other = (["tcp", "udp"] as const).filter((section) => has(objects, section));
  const wired = other.reduce<readonly LabelledObject[]>((all, section) => fillInSection(all, section, names), objects);
  const isOther = other.length > 0 && !objects.some(({ kind }) => kind.startsWith("http."));
  return isOther ? [...wired] : fillInSection(wired, "http", names);
}

function has(objects: readonly LabelledObject[], section: string): boolean {
  return objects.some(({ kind }) => kind === `${section}.routers` || kind === `${section}.services`);
}

function fillInSection(
  objects: readonly LabelledObject[],
  section: "http" | "tcp" | "udp",
  { name, rule }: WiringNames,
): LabelledObject[] {
  const of = (part: string) => objects.filter(({ kind }) => kind === `${section}.${part}`);
  const made = (part: string, more: Pick<LabelledObject, "value" | "problem">): LabelledObject => ({
    kind: `${section}.${part}` as Kind,
    name,
    key: name,
    ...more,
  });
  const missing = {
    value: undefined,
    problem: `no service is declared: write traefik.${section}.services.NAME.loadbalancer.server.port${section === "http" ? ", or set labels.defaultPort of the source" : ""}`,
  };
  const services = of("services").length > 0 ? of("services") : [made("services", missing)];
  const routers = of("routers");
  if (routers.length === 0 && section === "http")
    routers.push(
      services.length === 1
        ? made("routers", { value: {} })
        : made("routers", {
            value: undefined,
            problem: `no router is declared, and there are several services to make one for: ${namesOf(services)}`,
          }),
    );
  const linked = routers.map((router) => link(router, services, section === "http" ? rule : undefined));
  const rest = objects.filter(({ kind }) => kind !== `${section}.services` && kind !== `${section}.routers`);
  return [...rest, ...services, ...linked];
}

function link(router: LabelledObject, services: readonly LabelledObject[], rule: string | undefined): LabelledObject {
  const { value } = router;
  if (value === undefined) return router;
  const ruled: ObjectValue = rule === undefined || isText(value.rule) ? value : { ...value, rule };
  if (isText(value.service)) return { ...router, value: ruled };
  const [service, second] = services;
  if (service && !second) return { ...router, value: { ...ruled, service: service.name } };
  return { ...router, value: undefined, problem: `service: names none, and there are several: ${namesOf(services)}` };
}

function namesOf(objects: readonly LabelledObject[]): string {
  const names = objects.slice(0, 10).map(({ name }) => name);
  return `${names.join(", ")}${objects.length > names.length ? " and others" : ""}`;
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

import { stringify } from "yaml";
import { harmless } from "../files/harmless.ts";
import type { Status } from "../server/http/status.ts";
import { table } from "./terminal/table.ts";

/** A row for each router. */
export function formatRoutes({ routes }: Status, format: "table" | "json" | "yaml", columns?: number): string {
  if (format === "json") return `${JSON.stringify(routes.routers, null, 2)}\n`;
  if (format === "yaml") return stringify(routes.routers);
  if (routes.routers.length === 0) return "No router is served.\n";
  return table(
    ["ROUTER", "RULE", "ENTRY POINTS", "TLS", "SERVICE", "SERVERS", "STATE"],
    routes.routers.map(({ section, router, rule, entryPoints, tls, service, servers, state }) =>
      [
        section === "http" ? router : `${section} ${router}`,
        rule ?? "-",
        entryPoints.join(",") || "default",
        tls ? "yes" : "no",
        service ?? "-",
        servers === null ? "-" : String(servers),
        state,
      ].map(harmless),
    ),
    columns,
  );
}

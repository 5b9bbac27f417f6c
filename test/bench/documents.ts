import { check } from "../../traefik/check-document.ts";
import { median, type Result } from "./report.ts";

/** A document of so many routers, each with a service of its own, as rollcall writes it. */
function documentOf(routers: number): Buffer {
  const names = Array.from({ length: routers }, (_, index) => `app-${index}`);
  const router = (name: string) => ({
    rule: `Host(\`${name}.example.com\`)`,
    entryPoints: ["web"],
    service: name,
    tls: {},
  });
  const service = () => ({
    loadBalancer: { servers: [{ url: "http://10.0.0.1:3000" }, { url: "http://10.0.0.2:3000" }] },
  });
  return Buffer.from(
    JSON.stringify({
      http: {
        routers: Object.fromEntries(names.map((name) => [name, router(name)])),
        services: Object.fromEntries(names.map((name) => [name, service()])),
      },
    }),
  );
}

/** The milliseconds in which a document is judged; as YAML where JSON's quick way is closed to it. */
function timeOf(routers: number, yaml: boolean): number {
  const json = documentOf(routers);
  const body = yaml ? Buffer.concat([Buffer.from("# YAML\n"), json]) : json;
  const times = Array.from({ length: 5 }, () => {
    const began = performance.now();
    const { verdict, findings } = check(body, "3.7");
    if (verdict !== "accepted" || findings.length > 0) throw new Error("the document of the benchmark has a problem");
    return performance.now() - began;
  });
  return median(times.slice(1));
}

export function checkedDocuments(): Result[] {
  const [small, large] = [timeOf(1250, false), timeOf(5000, false)];
  return [
    { name: "check of a document of 5,000 routers", value: large, unit: "ms", target: { most: 1000 } },
    { name: "5,000 routers against 1,250 (4 is linear)", value: large / small, unit: "times", target: { most: 6 } },
    { name: "check of the same document as YAML", value: timeOf(5000, true), unit: "ms" },
  ];
}

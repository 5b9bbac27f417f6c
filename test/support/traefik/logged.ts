type Fields = Readonly<Record<string, unknown>>;

/** What Traefik's log leaves out of a configuration, by what it lies in. */
const unlogged = [
  /^tls\.certificates$/,
  /^tls\.stores\.[^\0]*\.defaultCertificate$/,
  /^tls\.options\.[^\0]*\.clientAuth\.caFiles$/,
  /^(http|tcp)\.serversTransports\.[^\0]*\.(rootCAs|certificates)$/,
];

/** A configuration without what the log leaves out or masks, and without the sections that are empty then. */
export function asLogged(document: unknown): unknown {
  const left = strip(document as Fields, "");
  return Object.fromEntries(Object.entries(left).filter(([, section]) => Object.keys(section as object).length > 0));
}

function strip(fields: Fields, path: string): Fields {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => {
      const here = path === "" ? name : `${path}.${name}`;
      if (unlogged.some((pattern) => pattern.test(here)) || masked.has(name)) return [];
      if (typeof value === "bigint") return [[name, Number(value)]];
      if (typeof value !== "object" || value === null) return [[name, value]];
      if (Array.isArray(value))
        return [[name, value.map((item) => (typeof item === "object" && item !== null ? strip(item, here) : item))]];
      return [[name, strip(value as Fields, here)]];
    }),
  );
}

/** Written as `xxxx` in the log. */
const masked = new Set(["users", "username", "password", "key", "keyFile"]);

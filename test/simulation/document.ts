const parsed = new WeakMap<Buffer, Map<string, string[]>>();

/** Where each service of a document is served: `10.0.0.2:3000`. Read from its bytes. */
export function servicesOf(body: Buffer): Map<string, string[]> {
  const known = parsed.get(body);
  if (known) return known;
  const all = JSON.parse(body.toString()) as Record<string, { services?: Record<string, Service> }>;
  const services = Object.values(all).flatMap(({ services = {} }) => Object.entries(services));
  const found = new Map(
    services.map(
      ([
        name,
        {
          loadBalancer: { servers = [] },
        },
      ]) => {
        return [name, servers.map(({ url, address }) => (url ?? address ?? "").replace(/^\w+:\/\//, ""))] as const;
      },
    ),
  );
  parsed.set(body, found);
  return found;
}

interface Service {
  readonly loadBalancer: { readonly servers?: readonly { readonly url?: string; readonly address?: string }[] };
}

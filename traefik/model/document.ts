import type { z } from "zod";
import { fieldsFor, type Since, section, struct } from "./field.ts";
import { httpConfiguration } from "./http.ts";
import { tcpConfiguration } from "./tcp.ts";
import { tlsConfiguration } from "./tls.ts";
import { udpConfiguration } from "./udp.ts";

function configuration(since: Since) {
  return struct({
    http: section(httpConfiguration(since)).optional(),
    tcp: section(tcpConfiguration(since)).optional(),
    udp: section(udpConfiguration()).optional(),
    tls: section(tlsConfiguration(since)).optional(),
  });
}

const made = new Map<string, ReturnType<typeof configuration>>();

/**
 * Traefik's dynamic configuration, as a Traefik of `version` reads it from its HTTP provider: in the form to write. For
 * what its decoder makes of other spellings see `traefik/decode/decode.ts`, which walks this.
 */
export function documentSchema(version: string) {
  const schema = made.get(version) ?? configuration(fieldsFor(version));
  made.set(version, schema);
  return schema;
}

/** A document of Traefik's dynamic configuration. */
export type TraefikDocument = z.output<ReturnType<typeof documentSchema>>;

import { describe, expect, test } from "vitest";
import { writePath } from "../../../files/key-path.ts";
import { decode } from "../../../traefik/decode/decode.ts";
import { notesOf } from "../../../traefik/judge/notes.ts";
import { hostFilesOf } from "../../../traefik/objects/host-files.ts";
import { kinds, type ObjectValue } from "../../../traefik/objects/objects.ts";
import { everyField } from "../../support/cases/every-field.ts";

const pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

describe("the files on Traefik's host that an object names", () => {
  test("are in every field of the model whose name says so, and in no other", () => {
    const named: string[] = [];
    const found: string[] = [];
    for (const { path, document } of everyField()) {
      const decoded = decode(document, "3.7");
      // What the decoder knows for other providers does nothing in a document.
      if (decoded.verdict !== "accepted" || path.includes("authTLSPassCertificateToUpstream")) continue;
      if (/\.(certFile|keyFile|usersFile|rootCAs|caFiles)$|\.tls\.(ca|cert|key)$/.test(path)) named.push(path);
      const sections = decoded.document as Record<string, Record<string, Record<string, ObjectValue>>>;
      for (const kind of kinds) {
        const [section = "", part = ""] = kind.split(".");
        for (const value of Object.values(sections[section]?.[part] ?? {}))
          if (hostFilesOf(kind, value).length > 0) found.push(path);
      }
    }
    expect(found).toEqual(named);
    expect(found.length).toBeGreaterThan(15);
  });

  test("are recognised by their paths, and content is not one", () => {
    const paths = (...of: Parameters<typeof hostFilesOf>) => hostFilesOf(...of).map(writePath);
    expect(paths("tls.certificates", { certFile: "/a.crt", keyFile: pem })).toEqual(["certFile"]);
    const tls = { rootCAs: [pem, "ca.crt"], certificates: [{ certFile: "/a" }] };
    expect(paths("tcp.serversTransports", { tls })).toEqual(["tls.rootCAs[1]", "tls.certificates[0].certFile"]);
    expect(paths("http.middlewares", { basicAuth: { usersFile: pem } })).toEqual(["basicAuth.usersFile"]);
    expect(paths("http.middlewares", { basicAuth: { users: ["/etc/passwd"] } })).toEqual([]);
    expect(paths("http.middlewares", { BasicAuth: { usersfile: "/etc/passwd" } })).toEqual(["BasicAuth.usersfile"]);
    expect(paths("http.middlewares", { plugin: { x: { certFile: "/a" } } })).toEqual([]);
    expect(paths("http.services", { loadBalancer: { servers: [{ url: "/a" }] } })).toEqual([]);
  });
});

describe("what is to be known of an object", () => {
  test("that names files: their fields, and nothing of their values", () => {
    const notes = notesOf("tls.certificates/a", { certFile: "/secret.crt", keyFile: "/secret.key" }, "3.7");
    expect(notes).toEqual([
      "certFile, keyFile: a file that has to be on the host of each Traefik, which cannot be seen from here",
    ]);
    expect(notesOf("tls.certificates/a", { certFile: pem, keyFile: pem }, "3.7")).toEqual([]);
  });

  test("that holds for all of Traefik", () => {
    expect(notesOf("tls.options/default", { minVersion: "VersionTLS13" }, "3.7")).toEqual([
      expect.stringContaining("holds for every router of this Traefik"),
    ]);
    expect(notesOf("tls.stores/default", { defaultGeneratedCert: { resolver: "a" } }, "3.7")).toEqual([
      expect.stringContaining("holds for every name of this Traefik"),
    ]);
    expect(notesOf("tls.options/strict", { minVersion: "VersionTLS13" }, "3.7")).toEqual([]);
    expect(notesOf("http.routers/default", { rule: "Host(`a`)" }, "3.7")).toEqual([]);
  });

  test("that lies in a store which Traefik does not use", () => {
    const unused = expect.stringContaining("Traefik uses the store default alone");
    expect(notesOf("tls.stores/other", {}, "3.7")).toEqual([unused]);
    expect(notesOf("tls.certificates/a", { certFile: pem, stores: ["other"] }, "3.7")).toEqual([unused]);
    expect(notesOf("tls.certificates/a", { certFile: pem, stores: ["other", "default"] }, "3.7")).toEqual([]);
  });

  test("whose rule matches nothing", () => {
    expect(notesOf("http.routers/a", { rule: "Host(`hunter2:80`)" }, "3.7")).toEqual([
      "rule: its rule never matches a request: Host with a port; Traefik compares without it",
    ]);
    expect(notesOf("http.routers/a", { rule: "Host(`a:80`)", ruleSyntax: "v2" }, "3.7")).toEqual([]);
    expect(notesOf("tcp.routers/a", { rule: "HostSNI(`a:80`)", tls: {} }, "3.7")).toHaveLength(1);
  });
});

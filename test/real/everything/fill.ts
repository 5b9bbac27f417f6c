import { freePort } from "../../../lab/demo/free-port.ts";
import { goldenFolder } from "../../support/cases/golden.ts";
import { type KeyPair, makeCertificates } from "../../support/network/certificates.ts";
import { httpTarget, tcpTarget, udpTarget } from "../../support/network/targets.ts";
import {
  authTarget,
  collectorTarget,
  echoTarget,
  flakyTarget,
  haltingTarget,
  heldTarget,
  namedTarget,
  textTarget,
} from "./backends.ts";
import { grpcTarget, secureTarget, tlsEchoTarget } from "./secure-backends.ts";

/** The certificates of the golden document, all of one authority. */
export function certificates() {
  const person = "/C=NZ/ST=Otago/L=Dunedin/O=Shop/OU=Desk/CN=ann/serialNumber=7/DC=test";
  return makeCertificates({
    one: { subject: "/CN=one.test", names: ["DNS:one.test"] },
    other: { subject: "/CN=other.test", names: ["DNS:other.test"] },
    fallback: { subject: "/CN=fallback.test", names: ["DNS:fallback.test"] },
    backend: { subject: "/CN=backend.test", names: ["DNS:backend.test", "URI:rollcall://backend"] },
    gateway: { subject: "/CN=gateway" },
    visitor: { subject: person, names: ["DNS:ann.test"] },
  });
}

export type Certificates = Awaited<ReturnType<typeof certificates>>;

/** The backends of the golden document. */
export async function backends({ backend, ca }: Certificates) {
  return {
    echo: await echoTarget({ "x-powered-by": "echo" }),
    pages: await echoTarget(),
    mirror: await echoTarget(),
    halfMirror: await echoTarget(),
    one: await namedTarget("one"),
    two: await namedTarget("two"),
    three: await namedTarget("three"),
    well: await namedTarget("well"),
    ailing: await namedTarget("ailing"),
    auth: await authTarget(),
    text: await textTarget(),
    untyped: await httpTarget(),
    held: await heldTarget(),
    flaky: await flakyTarget(),
    halting: await haltingTarget(),
    secure: await secureTarget(backend, ca),
    grpc: await grpcTarget(),
    tcpOne: await tcpTarget("one"),
    tcpTwo: await tcpTarget("two"),
    tcpHealth: await tcpTarget("yes I am, and that was"),
    tlsEcho: await tlsEchoTarget(backend, ca),
    udpOne: await udpTarget("one"),
    udpTwo: await udpTarget("two"),
    collector: await collectorTarget(),
  };
}

export type Backends = Awaited<ReturnType<typeof backends>>;

/** What the `${name}` of the golden document are. */
export async function valuesOf(made: Certificates, backends: Backends): Promise<Record<string, string>> {
  const addresses = Object.entries(backends).map(([name, { address }]) => [name, address]);
  const pairs = Object.entries<KeyPair>(made).flatMap(([name, { cert, key }]) => [
    [`${name}.cert`, cert],
    [`${name}.key`, key],
  ]);
  const port = ({ address }: { readonly address: string }) => address.split(":")[1] ?? "";
  return {
    ...Object.fromEntries([...addresses, ...pairs]),
    folder: goldenFolder,
    dead: `127.0.0.1:${await freePort()}`,
    probePort: port(backends.pages),
    securePort: port(backends.secure),
    grpcPort: port(backends.grpc),
    tcpHealthPort: port(backends.tcpHealth),
  };
}

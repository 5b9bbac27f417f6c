import type { Finding } from "../model/finding.ts";
import { knows } from "../model/version.ts";
import type { ObjectValue } from "../objects/objects.ts";
import { firstFinding, part, turnedOff } from "./findings.ts";

/** Why TLS options are invalid: Traefik turns off every router that uses them. The contents of files are not checked. (Seen on 3.7.15.) */
export function tlsOptionsFinding(value: ObjectValue, traefik: string): Finding | undefined {
  return (
    firstFinding(value.cipherSuites, ["cipherSuites"], (one) =>
      cipherSuites.has(String(one)) ? undefined : "is not a cipher suite that Traefik knows",
    ) ??
    firstFinding(value.curvePreferences, ["curvePreferences"], (one) =>
      !knows(traefik, "3.7") || curves.has(String(one))
        ? undefined
        : "is not a curve that Traefik knows, such as X25519",
    ) ??
    clientAuthFinding(part(value, "clientAuth"))
  );
}

function clientAuthFinding({ clientAuthType, caFiles }: ObjectValue): Finding | undefined {
  if (clientAuthType === undefined) return undefined;
  const type = String(clientAuthType);
  const path = ["clientAuth", "clientAuthType"];
  if (!(type in needsCa)) return turnedOff(path, `must be one of ${Object.keys(needsCa).join(", ")}`);
  return needsCa[type] && !caFiles ? turnedOff(path, "needs caFiles") : undefined;
}

const needsCa: Readonly<Record<string, boolean>> = {
  NoClientCert: false,
  RequestClientCert: false,
  RequireAnyClientCert: false,
  VerifyClientCertIfGiven: true,
  RequireAndVerifyClientCert: true,
};

/** Traefik's tls.CurveIDs, of 3.7. */
const curves = new Set(
  ["secp256r1 CurveP256 secp384r1 CurveP384 secp521r1 CurveP521 x25519 X25519 x25519mlkem768 X25519MLKEM768"]
    .concat("secp256r1mlkem768 SecP256r1MLKEM768 secp384r1mlkem1024 SecP384r1MLKEM1024")
    .flatMap((names) => names.split(" ")),
);

const rsa = ["RC4_128_SHA", "3DES_EDE_CBC_SHA", "AES_128_CBC_SHA", "AES_256_CBC_SHA", "AES_128_CBC_SHA256"];
const gcm = ["AES_128_GCM_SHA256", "AES_256_GCM_SHA384"];
const ecdsa = ["RC4_128_SHA", "AES_128_CBC_SHA", "AES_256_CBC_SHA", "AES_128_CBC_SHA256"];
const chacha = ["CHACHA20_POLY1305", "CHACHA20_POLY1305_SHA256"];

/** Traefik's tls.CipherSuites. */
const cipherSuites = new Set([
  ...[...rsa, ...gcm].map((name) => `TLS_RSA_WITH_${name}`),
  ...[...rsa, ...gcm, ...chacha].map((name) => `TLS_ECDHE_RSA_WITH_${name}`),
  ...[...ecdsa, ...gcm, ...chacha].map((name) => `TLS_ECDHE_ECDSA_WITH_${name}`),
  ...[...gcm, "CHACHA20_POLY1305_SHA256"].map((name) => `TLS_${name}`),
  "TLS_FALLBACK_SCSV",
]);

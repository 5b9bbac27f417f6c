import type { z } from "zod";
import { harmless } from "../../../files/harmless.ts";
import { failureWords, type Words } from "../../access/failure.ts";
import { wireError } from "./wire.ts";

/** A call to etcd that failed, in words without a secret. */
export class EtcdError extends Error {
  override readonly name = "EtcdError";
  /** Whether another member may do better: this one did not answer, or it sees no leader. */
  readonly elsewhere: boolean;
  /** Whether a new token may help. */
  readonly unauthenticated: boolean;

  constructor(words: string, { elsewhere = false, unauthenticated = false } = {}) {
    super(words);
    this.elsewhere = elsewhere;
    this.unauthenticated = unauthenticated;
  }
}

/** The answer of a member in its shape. Throws EtcdError with etcd's own error and its cure. */
export function readAnswer<T>(url: string, text: string | undefined, shape: z.ZodType<T>): T {
  if (text === undefined) throw new EtcdError(`${url}: the answer is too long`);
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new EtcdError(`${url} answers no JSON: is it the client URL of an etcd?`, { elsewhere: true });
  }
  const { data: good } = shape.safeParse(answer);
  if (good !== undefined) return good;
  const { data: bad } = wireError.safeParse(answer);
  throw bad ? refused(url, bad) : new EtcdError(`${url}: not an answer that etcd 3.4 or newer gives`);
}

/** gRPC's codes. */
const codes = { deadlineExceeded: 4, unavailable: 14, unauthenticated: 16 };

export function refused(url: string, { code, message }: { code: number; message: string }): EtcdError {
  const [, cure = ""] = cures.find(([pattern]) => pattern.test(message)) ?? [];
  return new EtcdError(`${url}: ${harmless(message).slice(0, 300)}${cure}`, {
    elsewhere: code === codes.unavailable || code === codes.deadlineExceeded,
    unauthenticated:
      code === codes.unauthenticated || /user name is empty|auth store is old|invalid auth token/.test(message),
  });
}

const cures: readonly (readonly [RegExp, string])[] = [
  [/invalid user ID or password/, ": see `username`, and the file that `password` names"],
  [/user name is empty/, ": etcd asks for a user: set `username` and `password`"],
  [/authentication is not enabled/, ": remove `username` and `password`, or enable it: etcdctl auth enable"],
  [
    /permission denied/,
    ": its user needs a role that may read and write the prefix and rollcall/ (etcdctl role grant-permission ROLE readwrite --prefix=true rollcall/)",
  ],
  [
    /database space exceeded/,
    ": etcd takes no more writes (alarm NOSPACE): compact and defragment it or raise --quota-backend-bytes, then etcdctl alarm disarm",
  ],
  [/no leader|request timed out/, ": do most of the cluster's members run?"],
];

/** Why no answer came. `late`: it was given up after so many milliseconds. */
export function unanswered(url: string, error: unknown, late?: number): EtcdError {
  const elsewhere = true;
  if (late !== undefined)
    return new EtcdError(`${url}: no whole answer within ${late / 1000} s: does it hang?`, { elsewhere });
  return new EtcdError(harmless(failureWords(url, error, own)), { elsewhere });
}

const cut = (url: string) =>
  `${url}: the connection was cut: has etcd ended, or does it expect https, or a client certificate (see tls.certificate)?`;
const own: Words = {
  ECONNREFUSED: (url) => `${url}: nothing listens there: does etcd run?`,
  // With TLS 1.3 a certificate is refused when the connection is open already.
  ...{ ECONNRESET: cut, UND_ERR_SOCKET: cut, EPIPE: cut },
};

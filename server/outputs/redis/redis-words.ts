import { failureWords } from "../../access/failure.ts";

/**
 * Why Redis can't be written, in words, with the cure. What Redis says is never repeated whole: ioredis adds a command's arguments to its
 * errors, and one of them is the password. `where` is the URL without secrets. (Seen on Redis 7.0.15.)
 */
export function redisWords(where: string, error: unknown): string {
  // A transaction that is refused says in its first error why.
  const { previousErrors: [first] = [] } = error as { previousErrors?: readonly unknown[] };
  const { message } = (first ?? error) as Error;
  const [kind = ""] = /^[A-Z]+\b/.exec(message) ?? [];
  const words = byMessage.find(([pattern]) => pattern.test(message))?.[1] ?? byKind[kind];
  return words === undefined ? failureWords(where, first ?? error, own).slice(0, 300) : words(where, message);
}

/** What a user has to be allowed, with PREFIX for the prefix. */
export const redisRule =
  "~PREFIX/* ~rollcall:*:PREFIX +select +exists +watch +unwatch +multi +exec +get +set +mget +mset +del +scan";

type Words = (where: string, message: string) => string;

const hung = (where: string) =>
  `${where} does not answer within 5 s: Redis or its machine hangs, or a firewall is in between`;
const closed = (where: string) =>
  `${where} closes the connection: has Redis ended, is the port right, and does it want TLS (rediss://)?`;

/** What is better known here than by access/failure.ts. */
const own = {
  ECONNREFUSED: (where: string) => `nothing listens at ${where}: start Redis, or correct the address`,
  ETIMEDOUT: hung,
  ECONNRESET: closed,
  EPIPE: closed,
  ERR_SSL_WRONG_VERSION_NUMBER: (where: string) => `${where} does not speak TLS: use redis://, or correct the port`,
};

const byMessage: readonly (readonly [RegExp, Words])[] = [
  [/^Command timed out/, hung],
  [/^Connection is closed|^Command aborted/, closed],
  [/^Protocol error|^Unknown RESP/, (where) => `what answers at ${where} is not Redis: is the port right?`],
  [
    /AUTH.* called without any password configured|no password is set/,
    (where) => `${where} has no password for this user: remove password, or set one there`,
  ],
  [
    /DB index is out of range/,
    (where) => `${where} has no such database: Redis's setting databases says how many there are`,
  ],
  [
    /^(MOVED|CROSSSLOT|CLUSTERDOWN)\b/,
    (where) =>
      `${where} is a Redis Cluster, which can't take a change of several keys as one: use a single Redis, or etcd`,
  ],
];

/** By the first word of what Redis answers. */
const byKind: Readonly<Record<string, Words>> = {
  WRONGPASS: (where) => `${where} refuses the password, or has no such user: see username and the file of password`,
  NOAUTH: (where) => `${where} wants a password: name the file that holds it with password`,
  NOPERM: (where, message) =>
    `${where} does not allow its user ${/the '([^']+)' command/.exec(message)?.[1] ?? "this key"}: ACL SETUSER USER ${redisRule}`,
  LOADING: (where) => `${where} is still loading its data`,
  READONLY: (where) => `${where} is a read-only replica: name the primary`,
  OOM: (where) => `${where} is out of memory: raise maxmemory there, or give Traefik's keys a Redis of their own`,
  MISCONF: (where) => `${where} can't save its data, so it refuses writes: its log says why; often its disk is full`,
  MASTERDOWN: (where) => `${where} is a replica without its primary: name the primary`,
  NOREPLICAS: (where) => `${where} has too few replicas to accept a write: see its min-replicas-to-write`,
};

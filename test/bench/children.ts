import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

/** Waits for the next message of a forked child; rejects when it ends first. */
async function nextMessage<T>(child: ChildProcess): Promise<T> {
  const ended = new AbortController();
  const exit = once(child, "exit", { signal: ended.signal }).then(([code]) => {
    throw new Error(`a child ended with ${code}`);
  });
  exit.catch(() => {});
  const [message] = (await Promise.race([once(child, "message", { signal: ended.signal }), exit])) as [T];
  ended.abort();
  return message;
}

export interface Child {
  readonly pid: number;
  /** Ends it and waits for its end. */
  end(): Promise<void>;
}

/** A script of this directory as a process of its own. */
export function forkScript(name: string, ...args: string[]) {
  const child = fork(resolve(import.meta.dirname, name), args, { execArgv: ["--import", "tsx"] });
  return {
    pid: child.pid ?? 0,
    send: (message: object) => void child.send(message),
    receive: <T>() => nextMessage<T>(child),
    async end() {
      const ended = once(child, "exit");
      child.disconnect();
      await ended;
    },
  };
}

/** Of util-linux. */
const mortal = ["setpriv", "--pdeathsig", "KILL"];

/** A program of Node's, started as a user starts it, which ends if this process is killed. `line` gets each line that it writes to standard error. */
export function startNode(args: readonly string[], line: (text: string) => void): Child {
  const [program = "", ...words] = [...mortal, process.execPath, ...args];
  const child = spawn(program, words, { stdio: ["ignore", "ignore", "pipe"] });
  let rest = "";
  child.stderr.on("data", (chunk: Buffer) => {
    const lines = `${rest}${chunk.toString()}`.split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(line);
  });
  const ended = once(child, "exit");
  return {
    pid: child.pid ?? 0,
    async end() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Resident memory in megabytes. */
export function residentMemory(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) / 1024;
}

/** Processor time of a process so far, in seconds. */
export function processorTime(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  const ticksPerSecond = 100;
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** What a process has written so far, to connections too, in bytes. */
export function bytesWritten(pid: number): number {
  return Number(/^wchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, "utf8"))?.[1]);
}

export function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

/** Milliseconds by a clock that all processes of this machine share. */
export function sharedNow(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

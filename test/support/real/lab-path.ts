import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** The path that a script of lab/ prints, of a program that it finds or fetches; the reason when there is none. */
export async function labPath(script: string, ...words: string[]): Promise<{ binary: string } | { reason: string }> {
  const file = new URL(`../../../lab/${script}`, import.meta.url).pathname;
  try {
    const { stdout } = await promisify(execFile)(file, words, { timeout: 120_000 });
    return { binary: stdout.trim() };
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    const lines = (stderr || message).trim().split("\n");
    return { reason: lines.filter((line) => !line.includes("cure:")).at(-1) ?? `lab/${script} fails` };
  }
}

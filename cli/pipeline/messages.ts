/** The lines of terraform's `-json` output that are used here, one object each. (Terraform 1.11, tofu 1.9.) */
export type Message =
  | {
      readonly type: "apply_start" | "apply_progress" | "apply_complete" | "apply_errored";
      readonly hook: {
        readonly resource: { readonly addr: string };
        readonly action: string;
        readonly elapsed_seconds?: number;
      };
    }
  | { readonly type: "diagnostic"; readonly diagnostic: Diagnostic };

export interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly summary: string;
  readonly detail?: string;
  /** `lxd_instance.web-2`, if it is about one resource. */
  readonly address?: string;
}

/** Undefined for any other line. */
export function readMessage(line: string): Message | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const message = JSON.parse(line) as Message;
    return message.type === "diagnostic" || /^apply_/.test(message.type) ? message : undefined;
  } catch {
    return undefined;
  }
}

/** The errors among the lines. */
export function errorsIn(stdout: string): Diagnostic[] {
  return stdout.split("\n").flatMap((line) => {
    const message = readMessage(line);
    return message?.type === "diagnostic" && message.diagnostic.severity === "error" ? [message.diagnostic] : [];
  });
}

/** `lxd_instance.web-2` is web-2. */
export function nameOf(address: string): string {
  return address.replace(/^.*\./, "");
}

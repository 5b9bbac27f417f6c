/** Which daemon it is. Empty where it does not say. */
export interface Identity {
  readonly name: string;
  readonly certificate: string;
}

const cure = "Nothing of it is taken; if that is right, run rollcall accept";

/** What is wrong if it is another daemon. A machine may be renamed or given a new certificate, but hardly both at once. */
export function anotherDaemon(now: Identity, before: Identity): string | undefined {
  if (now.name === before.name || now.certificate === before.certificate) return undefined;
  return `another daemon answers: ${spelled(now)}, and before it was ${spelled(before)}. ${cure}`;
}

function spelled({ name, certificate }: Identity): string {
  return `${name || "unnamed"} with certificate ${certificate.slice(0, 12) || "unknown"}`;
}

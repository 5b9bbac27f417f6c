/** Text that Terraform takes as it is: in its JSON too, `${...}` and `%{...}` are code, and a group file holds none. */
export function literal(text: string): string {
  return text.replace(/[$%](?=\{)/g, "$&$&");
}

/** A map whose keys and values are taken as they are. */
export function literals(map: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [literal(key), literal(value)]));
}

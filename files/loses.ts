/** Whether a key or a list item of a plain value is missing in another; other changes are no loss. */
export function loses(before: unknown, after: unknown): boolean {
  if (Array.isArray(before))
    return !Array.isArray(after) || before.some((one, index) => index >= after.length || loses(one, after[index]));
  if (!isMap(before)) return false;
  return !isMap(after) || Object.entries(before).some(([key, one]) => !(key in after) || loses(one, after[key]));
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

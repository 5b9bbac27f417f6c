/** Columns of text with two spaces between them, as `docker ps` prints them. Cells are wrapped so that no line is wider than `columns`. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  columns = Number.POSITIVE_INFINITY,
): string {
  const natural = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const widths = fitted(natural, columns - 2 * (head.length - 1));
  return [head, ...rows].flatMap((cells) => linesOf(cells, widths).map((line) => `${line}\n`)).join("");
}

/** The widest columns give way first. */
function fitted(widths: readonly number[], room: number): number[] {
  let most = Math.max(...widths);
  const cut = () => widths.map((width) => Math.min(width, most));
  while (most > 1 && cut().reduce((sum, width) => sum + width, 0) > room) most--;
  return cut();
}

function linesOf(cells: readonly string[], widths: readonly number[]): string[] {
  const wrapped = cells.map((cell, i) => wrap(cell, widths[i] ?? 0));
  const height = Math.max(...wrapped.map(({ length }) => length));
  return Array.from({ length: height }, (_, row) =>
    wrapped
      .map((lines, i) => (lines[row] ?? "").padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** Lines of at most `width` characters, broken at spaces where there are any. */
export function wrap(text: string, width: number): string[] {
  if (text.length <= width) return [text];
  const lines = text.match(new RegExp(`.{1,${width}}(?:\\s+|$)|.{1,${width}}`, "gs")) ?? [];
  return lines.map((line) => line.trimEnd());
}

/** How long ago, in one unit: `12s`, `4m`, `3h`, `2d`. */
export function ago(iso: string | null, now: number): string {
  if (iso === null) return "-";
  const seconds = Math.max(0, Math.round((now - Date.parse(iso)) / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}

/** The text of a body in UTF-8; undefined if it is longer than that many bytes. It stops reading then. */
export async function boundedText(body: AsyncIterable<Buffer>, longest: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > longest) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

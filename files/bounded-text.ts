/** The text of a body in UTF-8; undefined if it is longer than that many bytes. It stops reading then. */
export async function boundedText(body: AsyncIterable<Buffer>, longest: number): Promise<string | undefined> {
  return (await boundedBytes(body, longest))?.toString();
}

/** The bytes of a body; undefined if it is longer than that many. It stops reading then. */
export async function boundedBytes(body: AsyncIterable<Buffer>, longest: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > longest) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The lines of a body that never ends, without the last one if it is cut. Throws if one is longer than that many bytes. */
export async function* linesOf(body: AsyncIterable<Buffer>, longest: number): AsyncGenerator<string> {
  let parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      yield Buffer.concat([...parts, chunk.subarray(from, end)]).toString();
      from = end + 1;
      parts = [];
      length = 0;
    }
    length += chunk.length - from;
    if (length > longest) throw new Error(`a line of more than ${longest} bytes`);
    parts.push(chunk.subarray(from));
  }
}

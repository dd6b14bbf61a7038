/** The text of a string given as the span between its quotes, which a scan has found to be well-formed. */
export function decodeString(source: Buffer, start: number, end: number): string {
  const text = source.toString('utf8', start, end);
  return text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text;
}

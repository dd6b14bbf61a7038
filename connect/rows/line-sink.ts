/** What a value has to be so that it is a row as it stands. */
export type LineRules =
  /** A JSON object, at first sight, of two bytes at least and without control characters: `{…}`. */
  | 'json-objects'
  /** Text without a newline, of two bytes at least. */
  | 'text';

/** Lines, one per record, each ended by a newline. */
export interface Lines {
  /** Valid during the call only. */
  readonly lines: Buffer;
  readonly count: number;
  /** Of the record after the last one: its offset minus the start of its range, or less where offsets are missing. */
  readonly nextDelta: number;
}

/** Takes the values of many records at once, where nothing else of them matters. */
export interface LineSink {
  readonly rules: LineRules;
  /** How many bytes of lines may be given next; the record that is larger is visited. */
  room(range: number): number;
  give(range: number, lines: Lines): void;
}

import { isText } from '../config/records.js';
import { writeCsvText, writeJsonText } from '../converters/text-rows.js';
import type { TextWriter } from '../converters/writers.js';
import type { PipelineSettings } from './settings.js';

/** How values that are texts become rows: JSON objects, or lines that are as they are to be loaded. */
export function textWriter({ config, rowFormat, lineDelimiter }: PipelineSettings): TextWriter {
  if (rowFormat === 'json' || !isText(config.records.valueConverter)) return writeJsonText;
  return lineDelimiter === undefined ? writeCsvText : delimitedLines(lineDelimiter);
}

/** Each text is a line, whether it ends with the delimiter or not. */
function delimitedLines(delimiter: Buffer): TextWriter {
  return (source, start, end, out) => {
    const isEnded = source.subarray(start, end).subarray(-delimiter.length).equals(delimiter);
    const last = isEnded ? end - delimiter.length : end;
    if (last === start) return 0;
    out.writeBytes(source, start, last);
    out.endDelimitedRow(delimiter);
    return 1;
  };
}

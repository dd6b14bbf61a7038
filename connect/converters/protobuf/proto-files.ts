import { types } from 'node:util';
import protobuf from 'protobufjs';
import { SluiceError } from '../../errors.js';
import { recordInvalid } from '../invalid.js';
import { WELL_KNOWN_FILES } from './well-known-files.js';

/** A `.proto` file by the name it is imported with. */
export interface ProtoFile {
  readonly name: string;
  readonly text: string;
}

export interface ProtobufSource {
  readonly schemaText: string;
  /** The files it imports, and those that they import. Google's and Confluent's own need not be among them. */
  readonly references?: readonly ProtoFile[];
}

/** The messages of a file in the order of its text, which message indexes count in, with all names resolved. */
export interface ResolvedFile {
  /**
   * The message that the indexes lead to: `[1, 0]` is the first message inside the second of the file.
   * @throws SluiceError RECORD_INVALID when there is none
   */
  messageAt(indexes: readonly number[]): protobuf.Type;
}

/**
 * Reads a schema and all that it imports.
 * @throws SluiceError RECORD_INVALID when a text is wrong or an import is missing
 */
export function resolveFile({ schemaText, references = [] }: ProtobufSource): ResolvedFile {
  const root = new protobuf.Root();
  const order = new protobuf.Root();
  try {
    const main = parse(schemaText, root);
    parse(schemaText, order);
    addImports(main.imports ?? [], references, root);
    root.resolveAll();
    return { messageAt: (indexes) => messageAt(order, main.package ?? '', indexes, root) };
  } catch (error) {
    if (error instanceof SluiceError) throw error;
    throw invalid(types.isNativeError(error) ? error.message : String(error));
  }
}

function parse(text: string, root: protobuf.Root): protobuf.IParserResult {
  return protobuf.parse(text, root, { keepCase: true });
}

function addImports(imports: readonly string[], references: readonly ProtoFile[], root: protobuf.Root): void {
  const seen = new Set<string>();
  const waiting = [...imports];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const text = references.find((file) => file.name === name)?.text ?? WELL_KNOWN_FILES[name];
    const common = protobuf.common.get(name);
    if (text !== undefined) waiting.push(...(parse(text, root).imports ?? []));
    else if (common?.nested !== undefined && common !== null) root.addJSON(common.nested);
    else if (!KNOWN_WITHOUT_TYPES.has(name)) throw invalid(`the import ${JSON.stringify(name)} is not known`);
  }
}

/** What is imported for options alone, which are read as they stand. */
const KNOWN_WITHOUT_TYPES: ReadonlySet<string> = new Set([
  'confluent/meta.proto',
  'google/protobuf/descriptor.proto',
  'google/api/annotations.proto',
  'google/api/field_behavior.proto',
]);

function messageAt(
  order: protobuf.Root,
  packageName: string,
  indexes: readonly number[],
  root: protobuf.Root,
): protobuf.Type {
  let scope: protobuf.NamespaceBase | null =
    packageName === '' ? order : (order.lookup(packageName) as protobuf.Namespace);
  for (const index of indexes) {
    scope = scope.nestedArray.filter((nested) => nested instanceof protobuf.Type)[index] ?? null;
    if (scope === null) throw invalid(`it has no message with the indexes [${indexes.join(', ')}]`);
  }
  if (indexes.length === 0) throw invalid('a value names no message');
  return root.lookupType(scope.fullName);
}

function invalid(what: string): Error {
  return recordInvalid(
    `The Protobuf schema cannot be used: ${what}.`,
    'Correct the schema that the producer registered.',
  );
}

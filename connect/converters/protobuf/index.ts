/**
 * Protobuf: values in Protobuf's wire format, read with the message of a `.proto` text that they were written as.
 *
 * protobufjs reads the texts. A message becomes a Connect schema (`connect-schema.ts`), a layout that finds its fields in
 * the bytes (`message-layout.ts`) and a tree of closures (`compile.ts`) that makes of them a value of Connect, or the
 * JSON of a row.
 */

export { compileProtobuf, type ProtobufFile } from './compile.js';
export { PROTOBUF_DEFAULTS, type ProtobufOptions } from './options.js';
export type { ProtobufSource, ProtoFile } from './proto-files.js';

/**
 * The pass-through of records whose values are rows as they stand: a walk over a record batch in WebAssembly, which
 * copies values as lines and looks at sixteen bytes at a time. `assembly/` is its source, `generated.ts` what
 * scripts/generate-wasm.ts makes of it. It does nothing that scan-records.ts does not do: it is only faster.
 */
export { LineCopier } from './line-copier.js';

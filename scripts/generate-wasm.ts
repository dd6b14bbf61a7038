/**
 * Compiles kafka/lines/assembly/copy-lines.ts to kafka/lines/generated.ts: `npx tsx scripts/generate-wasm.ts`.
 *
 * The compiler is not among the packages of the project, as it is needed for nothing else and weighs a hundred
 * megabytes; npm fetches it for the occasion.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const COMPILER = 'assemblyscript@0.28.20';
const SOURCE = 'kafka/lines/assembly/copy-lines.ts';
const TARGET = 'kafka/lines/generated.ts';
const OPTIONS = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--initialMemory', '1'];
const LINE_CHARACTERS = 100;

const folder = mkdtempSync(join(tmpdir(), 'sluice-wasm-'));
try {
  const file = join(folder, 'copy-lines.wasm');
  const command = ['exec', '--yes', '--package', COMPILER, '--', 'asc', SOURCE, ...OPTIONS, '--outFile', file];
  execFileSync('npm', command, { stdio: ['ignore', 'inherit', 'inherit'] });
  writeFileSync(TARGET, generated(readFileSync(file)));
} finally {
  rmSync(folder, { recursive: true });
}

function generated(wasm: Buffer): string {
  const lines = wasm.toString('base64').match(new RegExp(`.{1,${LINE_CHARACTERS}}`, 'g')) ?? [];
  const hash = createHash('sha256').update(readFileSync(SOURCE)).digest('hex');
  return [
    `/** ${SOURCE}, compiled with ${COMPILER} by scripts/generate-wasm.ts. Not to be edited. */`,
    '',
    '/** SHA-256 of the source that this was made of. */',
    `export const SOURCE_SHA256 = '${hash}';`,
    '',
    'export const COPY_LINES_WASM =',
    `${lines.map((line) => `  '${line}'`).join(' +\n')};`,
    '',
  ].join('\n');
}

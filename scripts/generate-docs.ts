/** Writes docs/configuration from the definitions: `node dist/scripts/generate-docs.js`, from the root of the checkout. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { convertersPage } from '../connect/config/converter-documentation.js';
import { configurationPage } from '../connect/config/markdown.js';
import { workerDefinition } from '../connect/config/worker.js';
import { transformsPage } from '../connect/transforms/index.js';
import { CONNECTORS } from '../connectors/registry.js';

const FOLDER = join('docs', 'configuration');

const definitions = [...CONNECTORS.map(({ definition }) => definition), workerDefinition];
await mkdir(FOLDER, { recursive: true });
await writeFile(join(FOLDER, 'transforms.md'), transformsPage());
await writeFile(join(FOLDER, 'converters.md'), convertersPage());
for (const { parts } of definitions) await writeFile(join(FOLDER, `${parts.name}.md`), configurationPage(parts));

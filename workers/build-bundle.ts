/** Build step: writes the workflow bundle beside the compiled sources. */
import { writeFile } from 'node:fs/promises';
import { BUNDLE_PATH, bundleCode } from './bundle.js';

await writeFile(BUNDLE_PATH, await bundleCode());

/** The workflow bundle: built ahead with the sources, so that a worker starts without a compiler. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type WorkflowBundleOption } from '@temporalio/worker';

/** Beside the compiled sources: `dist/workflow-bundle.js`. */
export const BUNDLE_PATH = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));

/** The bundle that was built ahead, else one made now (about two seconds). */
export async function workflowBundle(): Promise<WorkflowBundleOption> {
  return existsSync(BUNDLE_PATH) ? { codePath: BUNDLE_PATH } : { code: await bundleCode() };
}

export async function bundleCode(): Promise<string> {
  const compiled = fileURLToPath(new URL('../workflows/index.js', import.meta.url));
  const source = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));
  const { code } = await bundleWorkflowCode({
    workflowsPath: existsSync(compiled) ? compiled : source,
    logger: { trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error, log() {} },
  });
  return code;
}

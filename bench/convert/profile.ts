/** Where processor time goes: the functions that take most of it themselves, by V8's own sampling profiler. */
import { writeFileSync } from 'node:fs';
import { type Profiler, Session } from 'node:inspector/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkoutDir } from '../../sandbox/world/paths.js';

export interface Cost {
  /** `function (file)`; V8's own, such as `(garbage collector)`, have no file. */
  readonly what: string;
  /** Of all samples that were not idle. */
  readonly percent: number;
}

const SAMPLING_INTERVAL_MICROSECONDS = 250;

/** Runs `work` under the profiler. `file`, where given, gets the profile in the form that developer tools read. */
export async function profiled(work: () => Promise<void>, file?: string): Promise<Cost[]> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: SAMPLING_INTERVAL_MICROSECONDS });
    await session.post('Profiler.start');
    await work();
    const { profile } = await session.post('Profiler.stop');
    if (file !== undefined) writeFileSync(file, JSON.stringify(profile));
    return costsOf(profile);
  } finally {
    session.disconnect();
  }
}

/** The functions of a profile by their own time, most first; what is called from several places is one. */
export function costsOf({ nodes, samples = [] }: Pick<Profiler.Profile, 'nodes' | 'samples'>): Cost[] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const counts = new Map<string, number>();
  const busy = samples.map((id) => names.get(id) ?? '(unknown)').filter((what) => what !== '(idle)');
  for (const what of busy) counts.set(what, (counts.get(what) ?? 0) + 1);
  return [...counts]
    .map(([what, count]) => ({ what, percent: (count / busy.length) * 100 }))
    .sort((a, b) => b.percent - a.percent);
}

/** Functions of the build are told by the source that they are built from. */
function nameOf({ functionName, url }: Profiler.Profile['nodes'][number]['callFrame']): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (url === '') return name;
  if (!url.startsWith('file:')) return `${name} (${url})`;
  const file = relative(checkoutDir(), fileURLToPath(url));
  return `${name} (${file.replace(/^dist\//, '').replace(/\.js$/, '.ts')})`;
}

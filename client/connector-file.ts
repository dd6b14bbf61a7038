/**
 * Connector files before they become connectors: read, overridden from the command line, checked.
 */
import {
  type Finding,
  type RawConfig,
  readConnectorFile,
  readWorkerFile,
  withWorkerDefaults,
} from '../connect/config/index.js';
import { SluiceError } from '../connect/errors.js';
import { connectorOf } from '../connectors/registry.js';
import type { DesiredState } from '../workflows/core/model.js';
import { ClientError, errorMessage } from './errors.js';
import type { StartRequest } from './start.js';

export interface CheckedFile {
  readonly file: string;
  readonly name: string;
  readonly problems: readonly Finding[];
  readonly warnings: readonly Finding[];
  /** Keys that are accepted and change nothing, with the reason. */
  readonly notes: readonly Finding[];
  /** What a start needs; absent when there are problems. */
  readonly request?: StartRequest;
}

export interface CheckOptions {
  /** `--set key=value`: taken instead of what the file says. */
  readonly overrides?: RawConfig;
  /** A worker.properties whose converters and client settings the connector inherits. */
  readonly workerProperties?: RawConfig;
}

/** Reads and checks a connector file against its connector's definition. Problems are results here, not errors. */
export async function checkConnectorFile(file: string, options: CheckOptions = {}): Promise<CheckedFile> {
  try {
    const { config, initialState } = await readConnectorFile(file);
    return checkConnector(file, { ...config, ...options.overrides }, initialState, options.workerProperties ?? {});
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    return { file, name: '', problems: [findingOf(error)], warnings: [], notes: [] };
  }
}

function checkConnector(
  file: string,
  config: RawConfig,
  initialState: DesiredState | undefined,
  workerProperties: RawConfig,
): CheckedFile {
  const { className, definition } = connectorOf(config);
  const findings = definition.check(withWorkerDefaults(config, workerProperties));
  const known = definition.canonical(config);
  const name = known.name?.trim() ?? '';
  if (findings.problems.length > 0 || name === '') return { file, name, ...findings };
  const request: StartRequest = {
    name,
    config,
    shownConfig: definition.masked(config),
    connectorClass: className,
    topics: topicsOf(known.topics),
    ...(initialState === undefined ? {} : { initialState }),
  };
  return { file, name, ...findings, request };
}

function topicsOf(list: string | undefined): string[] {
  const names = (list ?? '').split(',').map((topic) => topic.trim());
  return [...new Set(names.filter((topic) => topic !== ''))];
}

function findingOf(error: SluiceError): Finding {
  const hint = error.hint === undefined ? {} : { hint: error.hint };
  return {
    key: error.context.key ?? '',
    message: error.context.key === undefined ? errorMessage(error) : error.message,
    ...hint,
  };
}

/** The error for a file with problems: all of them, each naming its key. */
export function invalidFile({ file, problems }: CheckedFile): ClientError {
  const lines = problems.map(({ key, message, hint }) => {
    const place = key === '' || message.includes(key) ? '' : `${key}: `;
    return `  ${place}${message}${hint === undefined ? '' : ` ${hint}`}`;
  });
  return new ClientError('CONFIG_INVALID', [`${file} is not a valid configuration:`, ...lines].join('\n'));
}

/** The worker.properties of `--worker`; an empty configuration without one. */
export async function workerProperties(file: string | undefined): Promise<RawConfig> {
  return file === undefined ? {} : readWorkerFile(file);
}

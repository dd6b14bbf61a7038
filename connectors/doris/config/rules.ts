/** What the settings of the Doris sink have to do with each other. */

import { findConverter } from '../../../connect/config/converter-classes.js';
import type { Rule } from '../../../connect/config/definition.js';
import type { Infer } from '../../../connect/config/field.js';
import { isText, transformKeys } from '../../../connect/config/records.js';
import { maskValue } from '../../../connect/config/secret-names.js';
import { mayChangeTopic } from '../../../connect/transforms/index.js';
import { csvLayout, sourceColumns } from './csv.js';
import type { dorisSinkFields } from './fields.js';
import { DELETE_SIGN, headerProblem, protocolHeaders, readLoadProperties } from './headers.js';
import { PATTERN_FORMAT, parsePatternRoutes, parseRoutes, ROUTE_FORMAT, tableByPattern } from './routes.js';

export type DorisSinkValues = Infer<typeof dorisSinkFields>;
type DorisRule = Rule<DorisSinkValues>;

const validRoutes: DorisRule = ({ values }, findings) => {
  const key = 'doris.topic2table.map';
  const { routes, problems } = parseRoutes(values[key] ?? '');
  for (const problem of problems) findings.problem(key, problem, ROUTE_FORMAT);
  const { topics } = values;
  if (topics === undefined || mayChangeTopic(transformKeys(values))) return;
  for (const { topic } of routes) {
    if (!topics.includes(topic)) findings.warning(key, `${key} names ${topic}, which is not among topics.`);
  }
};

const validPatternRoutes: DorisRule = ({ values }, findings) => {
  const key = 'doris.topic2table.regex';
  const { problems } = parsePatternRoutes(values[key] ?? '');
  for (const problem of problems) findings.problem(key, problem, PATTERN_FORMAT);
};

/** Every topic needs a database: its own in the map or by its pattern, or the common one. */
const databaseOfEveryTopic: DorisRule = ({ given, values }, findings) => {
  const { 'doris.topic2table.map': map, 'doris.topic2table.regex': regex } = values;
  const isElsewhere = (key: string, value: string | undefined) => given(key) && value === undefined;
  if (isElsewhere('doris.topic2table.map', map) || isElsewhere('doris.topic2table.regex', regex)) return;
  if (given('doris.database')) return;
  const { routes, problems } = parseRoutes(map ?? '');
  const { patterns, problems: patternProblems } = parsePatternRoutes(regex ?? '');
  if (problems.length + patternProblems.length > 0) return;
  const topics = [...(values.topics ?? []), ...routes.map(({ topic }) => topic)];
  const without = topics.find((topic) => {
    const route = routes.find((candidate) => candidate.topic === topic) ?? tableByPattern(patterns, topic);
    return route?.database === undefined;
  });
  // Which topics a pattern of topics will find is not known yet; a pattern of tables may have a database for each.
  const isByPattern = patterns.some(({ database }) => database !== undefined);
  if (without === undefined && (isByPattern || !given('topics.regex'))) return;
  findings.problem(
    'doris.database',
    `Failed to get database and table names${without === undefined ? '' : ` of topic ${without}`}.`,
    'Set doris.database, or name a database for every topic in doris.topic2table.map (topic:database.table).',
  );
};

const loadProperties: DorisRule = ({ given, values }, findings) => {
  const properties = values['sink.properties.*'] ?? {};
  for (const name of protocolHeaders(properties)) {
    const key = `sink.properties.${name}`;
    findings.problem(key, `${key} cannot be set: the header is part of the delivery protocol.`, `Remove ${key}.`);
  }
  for (const [name, value] of Object.entries(properties)) {
    const key = `sink.properties.${name}`;
    const problem = headerProblem(name, value);
    const hint = 'Doris reads control characters as it does in SQL: write \\x01 for the character with the code 1.';
    if (problem !== undefined) findings.problem(key, `${key} cannot be sent: ${problem}`, hint);
  }
  const { groupCommit, partialUpdate } = readLoadProperties(properties, (name, message, hint) =>
    findings.problem(`sink.properties.${name}`, message, hint),
  );
  if (groupCommit === 'off_mode' || values['load.model'] === 'copy_into') return;
  if (given('enable.2pc') && values['enable.2pc'] === true) {
    findings.problem(
      'enable.2pc',
      "When group commit is enabled, you should disable two phase commit! Please  set 'enable.2pc':'false'",
    );
  }
  if (partialUpdate) {
    findings.problem(
      'sink.properties.partial_columns',
      'When group commit is enabled,you can not load data with partial column update.',
      'Remove sink.properties.group_commit, or the partial update.',
    );
  }
  if (Number(properties.max_filter_ratio ?? 0) > 0) {
    findings.warning(
      'sink.properties.max_filter_ratio',
      'Group commit does not look at max_filter_ratio: rows that do not fit the table are left out, however many.',
    );
  }
  if (values['delivery.guarantee'] === 'exactly_once') {
    findings.problem(
      'delivery.guarantee',
      'When group commit is enabled, delivery.guarantee cannot be exactly_once: group commit has no labels.',
      'Remove sink.properties.group_commit, or set delivery.guarantee to at_least_once.',
    );
  } else {
    findings.warning('sink.properties.group_commit', 'Group commit has no labels: delivery is at-least-once.');
  }
};

/** What the server would refuse with each load, or would do without a word although it is not what was meant. */
const loadsAsMeant: DorisRule = ({ values }, findings) => {
  const properties = values['sink.properties.*'] ?? {};
  const refuse = (name: string, message: string, hint: string) =>
    findings.problem(`sink.properties.${name}`, message, hint);
  const { format, updateMode } = readLoadProperties(properties);
  const isMerge = properties.merge_type?.trim().toUpperCase() === 'MERGE';
  if (isMerge && !properties.delete) {
    refuse('merge_type', 'Excepted DELETE ON clause when merge type is MERGE.', 'Set sink.properties.delete too.');
  }
  if (!isMerge && properties.delete) {
    const words = 'Not support DELETE ON clause when merge type is not MERGE.';
    refuse('delete', words, 'Set sink.properties.merge_type=MERGE, or remove sink.properties.delete.');
  }
  if (updateMode === 'update_flexible_columns') {
    if (format !== 'json') refuse('format', 'A flexible partial update needs rows of JSON.', 'Set it to json.');
    for (const name of FIXED_COLUMNS_ONLY.filter((name) => properties[name])) {
      refuse(name, `Doris takes no ${name} with a flexible partial update.`, `Remove sink.properties.${name}.`);
    }
  } else if (updateMode === 'update_fixed_columns' && !properties.columns) {
    findings.warning(
      'sink.properties.columns',
      'Without sink.properties.columns a partial update is one of all columns: those that a row does not have become NULL or their default.',
    );
  }
  const isEachDeleteSeen = !properties.columns || sourceColumns(properties.columns).includes(DELETE_SIGN);
  if (values['enable.delete'] === true && !isEachDeleteSeen) {
    const words = `sink.properties.columns does not name ${DELETE_SIGN}: Doris would take deletes for rows.`;
    refuse('columns', words, `Add ${DELETE_SIGN} to sink.properties.columns, or set enable.delete=false.`);
  }
};

const FIXED_COLUMNS_ONLY = [
  'columns',
  'jsonpaths',
  'hidden_columns',
  'where',
  'merge_type',
  'function_column.sequence_col',
];

const copyInto: DorisRule = ({ values }, findings) => {
  if (values['load.model'] !== 'copy_into') return;
  const properties = values['sink.properties.*'] ?? {};
  if (readLoadProperties(properties).format === 'csv') {
    const hint = 'Set sink.properties.format=json, or load.model=stream_load.';
    findings.problem('sink.properties.format', 'load.model=copy_into takes rows of JSON.', hint);
  }
  for (const name of Object.keys(properties).filter((name) => name !== 'format' && name !== 'read_json_by_line')) {
    const key = `sink.properties.${name}`;
    findings.warning(key, `${key} has no effect with load.model=copy_into: it is a header of Stream Load.`);
  }
};

const csvAsAsked: DorisRule = ({ values }, findings) => {
  const properties = values['sink.properties.*'] ?? {};
  if (readLoadProperties(properties).format !== 'csv') return;
  const kind = findConverter(values['value.converter'] ?? '')?.kind ?? 'string';
  const areLines = isText({ kind });
  // Of texts, transforms may make rows with fields, or leave them lines.
  if (areLines && values.transforms?.length) return;
  if (areLines && values['record.tablename.field'] !== undefined) {
    const words = 'record.tablename.field needs values with fields, but they are lines of CSV.';
    findings.problem('record.tablename.field', words, 'Remove it, or set sink.properties.format=json.');
  }
  if (!areLines && csvLayout(properties) === undefined) {
    findings.problem(
      'sink.properties.columns',
      'Lines of CSV can be made of records only if sink.properties.columns names their fields.',
      'Set sink.properties.columns, or value.converter=org.apache.kafka.connect.storage.StringConverter if the values are lines of CSV.',
    );
  }
  for (const name of ['enclose', 'escape'] as const) {
    if (!properties[name] || [...properties[name]].length === 1) continue;
    findings.problem(`sink.properties.${name}`, `${name} must be single-char`, 'Give one character.');
  }
};

const twoPhaseCommitOff: DorisRule = ({ values }, findings) => {
  if (
    values['load.model'] === 'copy_into' ||
    values['enable.2pc'] !== false ||
    readLoadProperties(values['sink.properties.*'] ?? {}).groupCommit !== 'off_mode'
  ) {
    return;
  }
  findings.warning(
    'enable.2pc',
    'Without two-phase commit delivery is exactly-once only for as long as Doris remembers the labels of loads.',
  );
};

/** Change events have fields, and so must what the converter makes of them. */
const OF_CHANGE_EVENTS = [
  'enable.truncate',
  'debezium.unavailable.value.placeholder',
  'debezium.time.precision.mode',
  'debezium.decimal.handling.mode',
  'debezium.dates.out.of.range',
] as const;

const changeEvents: DorisRule = ({ given, values }, findings) => {
  const name = values['value.converter'];
  const kind = name === undefined ? undefined : findConverter(name)?.kind;
  if (values['converter.mode'] === 'debezium_ingestion') {
    if (kind === undefined || !isText({ kind }) || values.transforms?.length) return;
    const words = `converter.mode=debezium_ingestion needs values with fields, but ${name} makes none.`;
    const hint =
      'Set value.converter to the one that Debezium writes with, for JSON org.apache.kafka.connect.json.JsonConverter.';
    findings.problem('value.converter', words, hint);
    return;
  }
  for (const key of OF_CHANGE_EVENTS) {
    if (given(key)) findings.warning(key, `${key} has no effect with converter.mode=normal.`);
  }
  if (values['behavior.on.null.values'] !== 'delete') return;
  const words = 'behavior.on.null.values=delete needs change events, whose keys are those of rows.';
  findings.problem('behavior.on.null.values', words, 'Set converter.mode=debezium_ingestion, or another behaviour.');
};

const deletesAsAsked: DorisRule = ({ values }, findings) => {
  if (values['behavior.on.null.values'] !== 'delete' || values['enable.delete'] !== false) return;
  findings.problem(
    'behavior.on.null.values',
    'behavior.on.null.values=delete needs enable.delete=true.',
    'Set enable.delete=true, for a table with a unique key, or another behaviour.',
  );
};

/** Columns can be added to rows with fields only. */
const metadataColumns: DorisRule = ({ values }, findings) => {
  const key = 'metadata.columns';
  const name = values['value.converter'];
  const kind = name === undefined ? undefined : findConverter(name)?.kind;
  if (!values[key]?.length || kind === undefined || values.transforms?.length) return;
  if (readLoadProperties(values['sink.properties.*'] ?? {}).format !== 'csv' || !isText({ kind })) return;
  const words = `${key} needs values with fields, but they are lines of CSV.`;
  findings.problem(key, words, `Remove ${key}, or load values that have fields.`);
};

const tlsAsAsked: DorisRule = ({ given, values }, findings) => {
  const isOn = values['doris.enable.tls'];
  if (isOn === undefined) return;
  const secured = values['doris.urls']?.find((url) => /^https:/i.test(url));
  if (
    secured !== undefined &&
    (!isOn || values['doris.tls.excluded-protocols']?.some((name) => /^http$/i.test(name)))
  ) {
    findings.problem(
      'doris.urls',
      `doris.urls names ${maskValue('doris.urls', secured)}, but HTTPS to Doris is not switched on.`,
      'Set doris.enable.tls=true, and doris.tls.ca-certificate-path where Doris has an authority of its own.',
    );
  }
  const path = 'doris.tls.ca-certificate-path';
  if (!isOn && given(path)) findings.warning(path, `${path} has no effect without doris.enable.tls=true.`);
};

const schemaEvolutionNeedsDebezium: DorisRule = ({ values }, findings) => {
  if ((values['debezium.schema.evolution'] ?? 'none') === 'none' || values['converter.mode'] !== 'normal') return;
  findings.warning('debezium.schema.evolution', 'debezium.schema.evolution has no effect with converter.mode=normal.');
};

/** Tables are changed for records with a schema, and new columns have to find their way into the load. */
const tablesAsAsked: DorisRule = ({ given, values }, findings) => {
  const evolution = values['schema.evolution'] ?? values['debezium.schema.evolution'] ?? 'none';
  const columns = values['sink.properties.*']?.columns;
  if (evolution !== 'none' && columns) {
    findings.warning(
      'sink.properties.columns',
      'sink.properties.columns names the columns that are loaded: those that are added later stay empty until they are named there too.',
    );
  }
  for (const key of ['schema.evolution.rename.columns', 'schema.evolution.drop.columns'] as const) {
    if (given(key) && evolution !== 'full')
      findings.warning(key, `${key} has no effect without schema.evolution=full.`);
  }
  for (const key of ['auto.create.properties.*', 'auto.create.key.columns'] as const) {
    const isGiven = key === 'auto.create.key.columns' ? given(key) : Object.keys(values[key] ?? {}).length > 0;
    if (isGiven && values['auto.create'] === false)
      findings.warning(key, `${key} has no effect without auto.create=true.`);
  }
};

const labelCharacters: DorisRule = ({ values: { name = '', 'label.prefix': prefix } }, findings) => {
  const used = labelPrefix(prefix, name);
  if (prefix === undefined || used === prefix.replaceAll(NAME_PLACEHOLDER, name)) return;
  findings.warning('label.prefix', `Labels begin with ${used}: ${prefix} has characters that labels cannot have.`);
};

/** The documented default of `label.prefix`. */
const NAME_PLACEHOLDER = /\$\{name\}/g;

/** The beginning of all labels: letters, digits, `_` and `-` only. */
export function labelPrefix(prefix: string | undefined, name: string): string {
  return (prefix ?? name).replaceAll(NAME_PLACEHOLDER, name).replace(/[^-_A-Za-z0-9]/g, '_');
}

export const dorisSinkRules: readonly DorisRule[] = [
  validRoutes,
  validPatternRoutes,
  databaseOfEveryTopic,
  loadProperties,
  loadsAsMeant,
  csvAsAsked,
  copyInto,
  twoPhaseCommitOff,
  changeEvents,
  deletesAsAsked,
  metadataColumns,
  tlsAsAsked,
  schemaEvolutionNeedsDebezium,
  tablesAsAsked,
  labelCharacters,
];

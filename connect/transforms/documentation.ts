/** The page about transforms, written from their declarations. */

import type { Fields } from '../config/field.js';
import { configurationPage } from '../config/markdown.js';
import { TRANSFORMS } from './catalogue.js';
import { PREDICATES } from './predicates.js';

const INTRODUCTION = [
  'Transforms change records between the converter and the sink; predicates say which records a transform is for.',
  'Their keys stand behind `transforms.<alias>.` and `predicates.<alias>.`, the aliases in `transforms` and `predicates`.',
  'Every transform has the keys `type`, `predicate` and `negate` besides those below.',
  'Regular expressions are those of java.util.regex without possessive quantifiers, atomic groups, back references, flags',
  'in the middle of an expression, `\\G`, `\\X` and the flags x, d, u and U, which are refused.',
  'Date patterns are those of java.text.SimpleDateFormat in English; texts are not read by patterns that tell dates by',
  'weeks, and names of time zones in texts are the common abbreviations only, such as UTC, CET and PST.',
].join(' ');

/** A section for every transform and predicate, with its keys. */
export function transformsPage(): string {
  const fields: [string, Fields[string]][] = [...TRANSFORMS, ...PREDICATES].flatMap(({ javaClass, fields: own }) => {
    const simple = javaClass.slice(javaClass.lastIndexOf('.') + 1);
    return Object.entries(own).map(([key, field]): [string, Fields[string]] => [
      `${simple}: ${key}`,
      field.group(simple),
    ]);
  });
  const classes = [...TRANSFORMS, ...PREDICATES].map(({ javaClass, summary, ...rest }) => {
    const sided = 'sided' in rest && rest.sided;
    return `- \`${javaClass}\`${sided ? ' (`$Key`, `$Value`)' : ''}: ${summary}`;
  });
  return configurationPage({
    name: 'transforms',
    title: 'transforms and predicates',
    introduction: `${INTRODUCTION}\n\n${classes.join('\n')}`,
    fields: Object.fromEntries(fields),
    rules: [],
  });
}

/** The predicates of org.apache.kafka.connect.transforms.predicates. */
import { string } from '../config/field.js';
import { compileJavaRegex } from './java/regex.js';
import { regexText } from './java/regex-field.js';
import { definePredicate, type PredicateType } from './transform.js';

const PACKAGE = 'org.apache.kafka.connect.transforms.predicates';

const topicNameMatches = definePredicate({
  javaClass: `${PACKAGE}.TopicNameMatches`,
  summary: 'True for records whose whole topic matches an expression.',
  fields: { pattern: regexText().required().doc('The expression.') },
  compile: ({ pattern }) => {
    const { whole } = compileJavaRegex(pattern);
    return { test: ({ topic }) => whole.test(topic) };
  },
});

const hasHeaderKey = definePredicate({
  javaClass: `${PACKAGE}.HasHeaderKey`,
  summary: 'True for records that have a header of a name.',
  fields: { name: string().required().doc('The name of the header.') },
  compile: ({ name }) => ({ test: ({ headers }) => headers.some(({ key }) => key === name) }),
});

const recordIsTombstone = definePredicate({
  javaClass: `${PACKAGE}.RecordIsTombstone`,
  summary: 'True for records without a value.',
  fields: {},
  compile: () => ({ test: ({ value }) => value.value === null }),
});

/** All predicates, as users can name them. */
export const PREDICATES: readonly PredicateType[] = [topicNameMatches, hasHeaderKey, recordIsTombstone];

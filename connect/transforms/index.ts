/**
 * Single message transforms and predicates: what stands between the converter and the sink. Those of Apache Kafka 4.1
 * and two of Debezium 3, under their Java class names and with their keys, on records with and without schemas.
 *
 * Transforms and their settings are compiled once; what a transform makes of a schema is worked out once per schema.
 * `kafka/` and `debezium/` hold one transform per file, `java/` the parts of Java's library that their settings speak of
 * (regular expressions, date patterns, texts of numbers), `values/` how Connect reads and writes values as texts.
 */
export { PREDICATE_NAMES, TRANSFORM_NAMES, TRANSFORMS } from './catalogue.js';
export { checkTransforms, compileTransforms, mayChangeTopic, type TransformFindings } from './compile.js';
export { transformsPage } from './documentation.js';
export { compileJavaRegex, type JavaRegex, RegexRefused } from './java/regex.js';
export { compileReplacement } from './java/replacement.js';
export { PREDICATES } from './predicates.js';
export type { Predicate, Transform } from './transform.js';
export { parseString } from './values/parse-string.js';

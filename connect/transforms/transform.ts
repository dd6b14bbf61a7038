/** What a transform and a predicate are, and how a kind of them is declared. */
import { boolean, Field, type Fields, type Infer, string } from '../config/field.js';
import { valid } from '../config/values.js';
import type { ConnectRecord } from '../data/value.js';
import { SluiceError } from '../errors.js';
import type { Side } from './record-part.js';

/** One step between the converter and the sink. */
export interface Transform {
  /**
   * The record as it is to go on, or undefined when it is dropped.
   * @throws SluiceError RECORD_INVALID
   */
  apply(record: ConnectRecord): ConnectRecord | undefined;
}

/** Says which records a transform is for. */
export interface Predicate {
  test(record: ConnectRecord): boolean;
}

interface Declaration<F extends Fields> {
  /** The class in users' files, without `$Key` or `$Value`. */
  readonly javaClass: string;
  /** What it does, for the documentation. */
  readonly summary: string;
  readonly fields: F;
}

export interface TransformDeclaration<F extends Fields> extends Declaration<F> {
  /** Whether it comes as `$Key` and as `$Value`. */
  readonly sided: boolean;
  /** Whether records may come out of it with another topic: always, or where the key is given. */
  readonly changesTopic?: 'always' | { readonly key: string };
  /** @throws SluiceError CONFIG_INVALID by `invalidSetting` */
  compile(values: Infer<F>, side: Side): Transform;
}

export interface PredicateDeclaration<F extends Fields> extends Declaration<F> {
  compile(values: Infer<F>): Predicate;
}

/** A kind of transform; its compiler takes what a definition made of its fields has parsed. */
export interface TransformType extends Omit<TransformDeclaration<Fields>, 'compile'> {
  readonly compile: (values: object, side: Side) => Transform;
}

export interface PredicateType extends Omit<PredicateDeclaration<Fields>, 'compile'> {
  readonly compile: (values: object) => Predicate;
}

export function defineTransform<const F extends Fields>(declaration: TransformDeclaration<F>): TransformType {
  return { ...declaration, compile: (values, side) => declaration.compile(values as Infer<F>, side) };
}

export function definePredicate<const F extends Fields>(declaration: PredicateDeclaration<F>): PredicateType {
  return { ...declaration, compile: (values) => declaration.compile(values as Infer<F>) };
}

/** Settings that do not go together. The key is the transform's own; whoever compiles it puts the alias in front. */
export function invalidSetting(key: string, reason: string, hint?: string): SluiceError {
  return new SluiceError('CONFIG_INVALID', reason, { context: { key }, ...(hint === undefined ? {} : { hint }) });
}

/** A text that is taken as it stands, as Kafka does: blanks may be part of a separator or of a literal. */
export function text(): Field<string, false> {
  return new Field<string, false>(string().spec, valid, false);
}

export const replaceNullWithDefault = boolean()
  .default('true')
  .doc('Whether a null in a field whose schema has a default is replaced by the default.');

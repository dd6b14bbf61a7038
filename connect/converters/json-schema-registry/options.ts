/** The settings of io.confluent.connect.json.JsonSchemaConverter that matter for reading (JsonSchemaDataConfig). */
export interface JsonSchemaOptions {
  /** `use.optional.for.nonrequired`: properties that are not in `required` may be null. */
  readonly useOptionalForNonRequired: boolean;
  /** `generalized.sum.type.support`: Connect's common form of unions and enums. */
  readonly generalizedSumTypeSupport: boolean;
  /** `flatten.singleton.unions`: a union of one schema is that schema. */
  readonly flattenSingletonUnions: boolean;
}

export const JSON_SCHEMA_DEFAULTS: JsonSchemaOptions = {
  useOptionalForNonRequired: false,
  generalizedSumTypeSupport: false,
  flattenSingletonUnions: true,
};

/** The settings of io.confluent.connect.protobuf.ProtobufConverter that matter for reading (ProtobufDataConfig). */
export interface ProtobufOptions {
  /** `enhanced.protobuf.schema.support`: schemas have full names, with their packages. */
  readonly enhancedProtobufSchemaSupport: boolean;
  /** `generalized.sum.type.support`: Connect's common form of unions and enums. */
  readonly generalizedSumTypeSupport: boolean;
  /** `int.for.enums`: the number of an enum's value instead of its name. */
  readonly intForEnums: boolean;
  /** `optional.for.nullables`: only what is marked `optional` may be null. */
  readonly optionalForNullables: boolean;
  /** `optional.for.proto2`: an `optional` field of proto2 that is not set is null. */
  readonly optionalForProto2: boolean;
  /** `wrapper.for.nullables`: wrapper messages such as google.protobuf.Int32Value stand for values that may be null. */
  readonly wrapperForNullables: boolean;
  /** `wrapper.for.raw.primitives`: wrapper messages are the values in them. */
  readonly wrapperForRawPrimitives: boolean;
  /** `generate.struct.for.nulls`: a message that is not set is one of which no field is set. */
  readonly generateStructForNulls: boolean;
  /** `generate.index.for.unions`: a oneof is called by its name and number, such as `choice_0`. */
  readonly generateIndexForUnions: boolean;
  /** `flatten.unions`: the members of a oneof are fields of their message. */
  readonly flattenUnions: boolean;
}

export const PROTOBUF_DEFAULTS: ProtobufOptions = {
  enhancedProtobufSchemaSupport: false,
  generalizedSumTypeSupport: false,
  intForEnums: false,
  optionalForNullables: false,
  optionalForProto2: true,
  wrapperForNullables: false,
  wrapperForRawPrimitives: true,
  generateStructForNulls: false,
  generateIndexForUnions: true,
  flattenUnions: false,
};

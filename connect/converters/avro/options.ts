/** The settings of io.confluent.connect.avro.AvroConverter that matter for reading (AvroDataConfig). */
export interface AvroOptions {
  /** `enhanced.avro.schema.support`: branches of a union are called by the full names of their types. */
  readonly enhancedAvroSchemaSupport: boolean;
  /** `connect.meta.data`: documentation and parameters of the Avro schema are kept in Connect's. */
  readonly connectMetaData: boolean;
  /** `discard.type.doc.default`: of documentation and defaults, only those of fields are kept. */
  readonly discardTypeDocDefault: boolean;
  /** `flatten.singleton.unions`: a union of one type is that type. */
  readonly flattenSingletonUnions: boolean;
  /** `generalized.sum.type.support`: Connect's common form of unions and enums. */
  readonly generalizedSumTypeSupport: boolean;
}

export const AVRO_DEFAULTS: AvroOptions = {
  enhancedAvroSchemaSupport: false,
  connectMetaData: true,
  discardTypeDocDefault: false,
  flattenSingletonUnions: true,
  generalizedSumTypeSupport: false,
};

/** What the schemas of a registry and those of files are compiled with besides. */
export interface AvroCompileOptions extends AvroOptions {
  /**
   * How rows look: as Connect's values do, or as Avro's GenericData prints a record (bytes as text, a fixed as a list,
   * the value of a union without its branch, nothing that Connect adds).
   */
  readonly rows: 'connect' | 'generic';
  readonly trailingBytes: 'refuse' | 'ignore';
}

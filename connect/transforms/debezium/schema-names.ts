/** `schema.name.adjustment.mode`: names of schemas that Avro takes. */

export const ADJUSTMENT_MODES = ['none', 'avro', 'avro_unicode'] as const;

/** `avro` replaces what Avro does not allow by `_`, `avro_unicode` by `_u` and four hexadecimal digits, `_` included. */
export function nameAdjuster(mode: (typeof ADJUSTMENT_MODES)[number]): (name: string) => string {
  switch (mode) {
    case 'none':
      return (name) => name;
    case 'avro':
      return (name) => name.replace(/^[^a-zA-Z_]/, underscoreFirst).replace(/(?!^)[^a-zA-Z0-9_.]/g, '_');
    default:
      return (name) => name.replace(/^[^a-zA-Z]|(?!^)[^a-zA-Z0-9.]/g, escaped);
  }
}

/** A digit at the beginning stays, behind the underscore. */
function underscoreFirst(character: string): string {
  return /\d/.test(character) ? `_${character}` : '_';
}

function escaped(character: string): string {
  const hexadecimal = character.charCodeAt(0).toString(16);
  return `_u${hexadecimal.length <= 2 ? '00' : ''}${hexadecimal}`;
}

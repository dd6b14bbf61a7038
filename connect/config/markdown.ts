/** Documentation of a configuration, written from its definition. */
import type { DefinitionParts } from './definition.js';
import type { Field, Fields } from './field.js';

/** A page with a section per group and an entry per key, in the order of declaration. */
export function configurationPage(parts: DefinitionParts<Fields>): string {
  const groups = new Map<string, [string, Field<unknown, boolean>][]>();
  for (const entry of Object.entries(parts.fields)) {
    const { group } = entry[1].spec;
    groups.set(group, [...(groups.get(group) ?? []), entry]);
  }
  const sections = [...groups].map(
    ([group, entries]) => `## ${group}\n\n${entries.map(([key, field]) => fieldEntry(key, field)).join('\n\n')}`,
  );
  const origin = 'This page is generated from the definition of the configuration (`npm run docs`); change it there.';
  return `# Configuration: ${parts.title}\n\n${parts.introduction}\n\n${origin}\n\n${sections.join('\n\n')}\n`;
}

function fieldEntry(key: string, { spec }: Field<unknown, boolean>): string {
  const facts: [string, string | undefined][] = [
    ['Type', spec.family ? 'any keys with this prefix' : spec.type.toLowerCase()],
    ['Default', spec.family ? undefined : describeDefault(spec)],
    ['Accepts', spec.accepts],
    ['Importance', spec.importance.toLowerCase()],
    ['Also called', spec.aliases.map((alias) => `\`${alias}\``).join(', ') || undefined],
    ['Deprecated', spec.deprecated],
    ['Since', spec.since === undefined ? undefined : `Sluice ${spec.since}; not in Kafka Connect`],
  ];
  const lines = facts.filter(([, value]) => value !== undefined).map(([name, value]) => `- ${name}: ${value}`);
  const effect = spec.noEffect === undefined ? '' : `Accepted, without effect: ${spec.noEffect}`;
  return [`### \`${key}\``, [spec.documentation, effect].filter(Boolean).join(' '), lines.join('\n')].join('\n\n');
}

function describeDefault({ required, defaultText, defaultWords }: Field<unknown, boolean>['spec']): string {
  if (required) return 'none, required';
  if (defaultText !== undefined) return defaultText === '' ? 'empty' : `\`${defaultText}\``;
  return defaultWords ?? 'none';
}

/**
 * The search attributes of connectors: `sluice connector list` and the Web UI filter by them.
 */
import { defineSearchAttributeKey, type SearchAttributePair, SearchAttributeType } from '@temporalio/common';
import { SEARCH_ATTRIBUTES } from '../workflows/messages.js';
import { callTemporal, SERVER_TIMEOUT_MS } from './calls.js';
import type { TemporalSession } from './temporal.js';

export const STATE_KEY = defineSearchAttributeKey(SEARCH_ATTRIBUTES.state, SearchAttributeType.KEYWORD);
export const CLASS_KEY = defineSearchAttributeKey(SEARCH_ATTRIBUTES.connectorClass, SearchAttributeType.KEYWORD);
export const TOPIC_KEY = defineSearchAttributeKey(SEARCH_ATTRIBUTES.topic, SearchAttributeType.KEYWORD_LIST);

/** `INDEXED_VALUE_TYPE_KEYWORD` and `…_KEYWORD_LIST` of Temporal's operator API. */
const KEYWORD = 2;
const KEYWORD_LIST = 7;

export function searchAttributes(connectorClass: string, topics: readonly string[]): SearchAttributePair[] {
  const attributes: SearchAttributePair[] = [
    { key: STATE_KEY, value: 'STARTING' },
    { key: CLASS_KEY, value: connectorClass },
  ];
  return topics.length === 0 ? attributes : [...attributes, { key: TOPIC_KEY, value: [...topics] }];
}

/**
 * Registers the search attributes on the namespace. Harmless when they are there already; Temporal Cloud refuses it
 * and has a command of its own (`tcld namespace search-attributes add`).
 */
export async function registerSearchAttributes(session: TemporalSession): Promise<void> {
  await callTemporal(session, undefined, SERVER_TIMEOUT_MS, () =>
    session.client.connection.operatorService.addSearchAttributes({
      namespace: session.settings.namespace,
      searchAttributes: {
        [SEARCH_ATTRIBUTES.state]: KEYWORD,
        [SEARCH_ATTRIBUTES.connectorClass]: KEYWORD,
        [SEARCH_ATTRIBUTES.topic]: KEYWORD_LIST,
      },
    }),
  );
}

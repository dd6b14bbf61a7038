import { defaultPayloadConverter } from '@temporalio/common';
import { committedBatches } from '../../bench/history.js';

const range = { topic: 'orders', partition: 1, start: '100', end: '250' };

function scheduled(eventId: number, activity: string, loads: readonly { rows: number }[]) {
  const payloads = [defaultPayloadConverter.toPayload({ ranges: [range], loads })];
  return { eventId, activityTaskScheduledEventAttributes: { activityType: { name: activity }, input: { payloads } } };
}

test('a batch is committed when its commitBatch has completed', () => {
  const events = [
    scheduled(5, 'commitBatch', [{ rows: 100 }, { rows: 50 }]),
    scheduled(6, 'prepareBatch', []),
    {
      eventId: 8,
      eventTime: { seconds: 1_700_000_000, nanos: 250_000_000 },
      activityTaskCompletedEventAttributes: { scheduledEventId: 5 },
    },
    { eventId: 9, eventTime: { seconds: 1, nanos: 0 }, activityTaskCompletedEventAttributes: { scheduledEventId: 6 } },
    scheduled(10, 'commitBatch', [{ rows: 1 }]),
  ];
  // 64-bit fields are Long objects in what the server sends; plain numbers read the same.
  expect(committedBatches(events as unknown as Parameters<typeof committedBatches>[0])).toEqual([
    { ranges: [range], rows: 150, committedAtMs: 1_700_000_000_250 },
  ]);
});

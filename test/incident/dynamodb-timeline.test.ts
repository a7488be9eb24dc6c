import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dynamodbTimeline } from '../../shared/incident/dynamodb-timeline.ts';
import { findChainFaults, type TimelineEntry } from '../../shared/incident/timeline-event.ts';
import {
  type RecoveryStandIns,
  startRecoveryStandIns,
  steppingClock,
} from '../fixtures/recovery-stand-ins.ts';

let standIns: RecoveryStandIns;
beforeAll(async () => {
  standIns = await startRecoveryStandIns();
});
afterAll(() => standIns.close());

const clock = steppingClock('2026-01-31T03:05:08.000Z');
const entry = (incidentId: string, key: string): TimelineEntry => ({
  incidentId,
  key,
  type: 'contacts.notified',
  occurredAt: '2026-01-31T03:05:07.123456Z',
  actor: { kind: 'person', id: 'arn:aws:iam::111111111111:user/alice' },
  step: '1.3',
  outcome: 'succeeded',
  summary: 'Told',
  detail: { receipts: [], nothing: undefined },
});

describe('the timeline in DynamoDB', () => {
  it('keeps twenty events that are appended at once, each with a place of its own and the chain sound', async () => {
    const timeline = dynamodbTimeline(standIns.timelineTable, clock);
    const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`);
    await Promise.all(keys.map((key) => timeline.append(entry('INC-20260131-00000001', key))));
    const events = await timeline.read('INC-20260131-00000001');
    expect(events.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
    expect(new Set(events.map(({ key }) => key))).toEqual(new Set(keys));
    expect(findChainFaults(events)).toEqual([]);
  });

  it('keeps one event when the same step is repeated, even at the same moment', async () => {
    const timeline = dynamodbTimeline(standIns.timelineTable, clock);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => timeline.append(entry('INC-20260131-00000002', 'same'))),
    );
    expect(answers.filter(({ added }) => added)).toHaveLength(1);
    expect(new Set(answers.map(({ event }) => event.hash)).size).toBe(1);
    expect(await timeline.read('INC-20260131-00000002')).toHaveLength(1);
  });

  it('is empty for an incident that nobody knows', async () => {
    expect(await dynamodbTimeline(standIns.timelineTable, clock).read('INC-20260131-ffffffff')).toEqual([]);
  });
});

import { describe, expect, test } from 'vitest';
import { detailFaults, detailOf } from '../../shared/incident/event-detail.ts';
import { TimelineEventType } from '../../shared/incident/timeline-event.ts';
import { LANES, laneOf } from '../../shared/incident/timeline-lanes.ts';
import { CRITICAL_INCIDENT } from './fixtures/critical-incident.ts';
import { timelineOf } from './fixtures/timeline-builder.ts';

const [event] = timelineOf([
  {
    at: 1,
    type: 'approval.requested',
    detail: { required: 'two', expiresAt: '2026-03-14T10:00:00Z', awaited: ['Alice'], extra: true },
  },
]);

describe('detail of an event', () => {
  test('one wrong field does not lose the others', () => {
    expect(detailOf(event, 'approval.requested')).toEqual({
      expiresAt: '2026-03-14T10:00:00Z',
      awaited: ['Alice'],
    });
  });

  test('is empty for another type and for no event', () => {
    expect(detailOf(event, 'trading.halted')).toEqual({});
    expect(detailOf(undefined, 'trading.halted')).toEqual({});
  });

  test('a step that breaks its promise is named with the field', () => {
    expect(event && detailFaults(event)).toEqual([expect.stringMatching(/^approval\.requested: required: /)]);
  });

  test('the hand-made incident of these tests keeps every promise', () => {
    expect(timelineOf(CRITICAL_INCIDENT).flatMap(detailFaults)).toEqual([]);
  });
});

describe('lanes', () => {
  test('every type of event has one', () => {
    for (const type of TimelineEventType.options) expect(LANES).toContain(laneOf({ type, step: '-' }));
  });

  test.each([
    ['1.3', 'response'],
    ['2', 'assessment'],
    ['User Communication', 'communication'],
    ['PITR 6', 'recovery'],
  ] as const)('a failure in SOP step %s stands in %s', (step, lane) => {
    expect(laneOf({ type: 'step.failed', step })).toBe(lane);
  });
});

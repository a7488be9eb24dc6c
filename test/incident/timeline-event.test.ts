import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  chain,
  findChainFaults,
  type TimelineEntry,
  type TimelineEvent,
} from '../../shared/incident/timeline-event.ts';

const entry = (key: string, detail: Record<string, unknown> = {}): TimelineEntry => ({
  incidentId: 'INC-20260131-0a1b2c3d',
  key,
  type: 'trading.halted',
  occurredAt: '2026-01-31T03:05:07.123Z',
  actor: { kind: 'machine', id: 'HaltTrading' },
  step: '1.1',
  outcome: 'succeeded',
  summary: 'Trading is halted',
  detail,
});

function timelineOf(details: readonly Record<string, unknown>[]): TimelineEvent[] {
  const events: TimelineEvent[] = [];
  for (const [index, detail] of details.entries()) {
    events.push(chain(entry(`key-${index}`, detail), events.at(-1), '2026-01-31T03:05:08.000Z'));
  }
  return events;
}

const details = fc.array(fc.dictionary(fc.string(), fc.jsonValue() as fc.Arbitrary<unknown>), {
  minLength: 2,
  maxLength: 6,
});

describe('the chain of a timeline', () => {
  it('holds for every timeline that was only appended to', () => {
    fc.assert(
      fc.property(details, (some) => {
        expect(findChainFaults(timelineOf(some))).toEqual([]);
      }),
      { seed: 1 },
    );
  });

  it('does not depend on the order in which an event is written down', () => {
    const [event] = timelineOf([{ b: 1, a: { d: 2, c: 3 } }]);
    const reordered = Object.fromEntries(
      Object.entries(event as TimelineEvent).reverse(),
    ) as unknown as TimelineEvent;
    expect(findChainFaults([{ ...reordered, detail: { a: { c: 3, d: 2 }, b: 1 } }])).toEqual([]);
  });

  it('shows a changed summary at its place', () => {
    const events = timelineOf([{}, {}, {}]);
    const changed = events.map((event, index) =>
      index === 1 ? { ...event, summary: 'Nothing happened' } : event,
    );
    expect(findChainFaults(changed)).toEqual([{ sequence: 2, reason: 'content differs from its hash' }]);
  });

  it.each([
    ['removed in the middle', (events: TimelineEvent[]) => events.toSpliced(1, 1)],
    ['removed at the start', (events: TimelineEvent[]) => events.slice(1)],
    ['swapped', (events: TimelineEvent[]) => [events[1], events[0], events[2]] as TimelineEvent[]],
    ['inserted twice', (events: TimelineEvent[]) => events.toSpliced(1, 0, events[0] as TimelineEvent)],
  ])('shows an event that was %s', (_what, damage) => {
    expect(findChainFaults(damage(timelineOf([{}, {}, {}])))).not.toEqual([]);
  });
});

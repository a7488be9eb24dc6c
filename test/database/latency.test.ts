import { describe, expect, it } from 'vitest';
import {
  findLatencyFaults,
  type LatencyMeasurement,
  type LatencyProbe,
  latencyText,
  median,
} from '../../shared/database/latency.ts';

function probe(name: string, facts: Partial<LatencyProbe> = {}): LatencyProbe {
  return { name, required: true, medianMillis: 3, worstMillis: 9, samples: 3, problem: null, ...facts };
}
const measured = (probes: LatencyProbe[], waits: Partial<LatencyMeasurement> = {}): LatencyMeasurement => ({
  probes,
  waitingSessions: 0,
  longestWaitSeconds: 0,
  longestBlockingSeconds: 0,
  ...waits,
});

describe('what is too slow', () => {
  it.each<[string, LatencyMeasurement, string[]]>([
    ['nothing', measured([probe('connection'), probe('read a')]), []],
    ['exactly the limit is kept', measured([probe('connection', { medianMillis: 1000 })]), []],
    [
      'one probe',
      measured([probe('connection'), probe('read a', { medianMillis: 1001 })]),
      ['read a: 1001 ms, must be at most 1000 ms'],
    ],
    [
      'one that got no answer',
      measured([
        probe('lock a', { required: false, medianMillis: 2000, problem: 'no answer within 2000 ms' }),
      ]),
      ['lock a: no answer within 2000 ms, must be at most 1000 ms'],
    ],
    [
      'what must be known and is not',
      measured([probe('read a', { medianMillis: null, problem: 'permission denied' })]),
      ['read a: not measured: permission denied'],
    ],
    [
      'a lock that may not be tried is no fault',
      measured([probe('lock a', { required: false, medianMillis: null, problem: 'permission denied' })]),
      [],
    ],
    [
      'a queue that stands',
      measured([probe('connection')], { waitingSessions: 3, longestBlockingSeconds: 2.1 }),
      ['locks: 3 sessions wait for a transaction of 2 s, must be at most 2 s'],
    ],
    [
      'a queue as ordinary trading has it',
      measured([probe('connection')], { waitingSessions: 3, longestBlockingSeconds: 2 }),
      [],
    ],
  ])('%s', (_case, measurement, faults) => {
    expect(findLatencyFaults(measurement, 1000)).toEqual(faults);
  });

  it.each([
    [[], undefined],
    [[5], 5],
    [[9, 1], 9],
    [[9, 1, 5], 5],
  ])('the median of %j is %s', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it('is told by what is slowest', () => {
    expect(latencyText(measured([probe('connection'), probe('read a', { medianMillis: 70 })]))).toBe(
      'slowest is read a with 70 ms; nobody waits for a lock',
    );
    expect(latencyText(measured([], { waitingSessions: 2, longestBlockingSeconds: 3 }))).toBe(
      'nothing could be measured; 2 sessions wait for a transaction of 3 s',
    );
  });
});

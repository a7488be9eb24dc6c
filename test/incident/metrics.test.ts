import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { computeMetrics } from '../../shared/incident/metrics.ts';
import { CRITICAL_INCIDENT, opening, PROOF, UNTIL_APPROVAL } from './fixtures/critical-incident.ts';
import { type Happening, timelineOf } from './fixtures/timeline-builder.ts';

const without = (type: Happening['type']) => CRITICAL_INCIDENT.filter((happening) => happening.type !== type);
const changed = (type: Happening['type'], change: Partial<Happening>) =>
  CRITICAL_INCIDENT.map((happening) => (happening.type === type ? { ...happening, ...change } : happening));

describe('metrics of a P0 incident that went as it should', () => {
  test('each value spans from its start event to its stop event', () => {
    expect(computeMetrics(timelineOf(CRITICAL_INCIDENT))).toEqual({
      detectionSeconds: 82,
      responseSeconds: 3.1,
      recoverySeconds: 1751,
      rpoSeconds: 83.4,
      rpoTransactions: 974,
      rpoRows: 1187,
      rpoSecondsAfterSalvage: 83.4,
      rpoTransactionsAfterSalvage: 974,
      rpoRowsAfterSalvage: 1187,
      rpoBasis: 'last-commit',
      userNoticeSeconds: 5.2,
      dataIntegrity: 1,
      adherence: 1,
    });
  });

  test.each([
    ['detectionSeconds', 'integrity.assessed'],
    ['responseSeconds', 'trading.halted'],
    ['recoverySeconds', 'trading.resumed'],
    ['rpoSeconds', 'restore-point.chosen'],
    ['rpoTransactions', 'restore-point.chosen'],
    ['rpoRows', 'restore-point.chosen'],
    ['rpoSecondsAfterSalvage', 'restore-point.chosen'],
    ['userNoticeSeconds', 'user-notice.sent'],
    ['dataIntegrity', 'service.proven'],
  ] as const)('%s is null, never 0, when %s is missing', (metric, type) => {
    expect(computeMetrics(timelineOf(without(type)))[metric]).toBeNull();
  });

  test('an empty timeline measures nothing', () => {
    expect(Object.values(computeMetrics([]))).toEqual(Array(13).fill(null));
  });
});

describe('response', () => {
  test('counts to the later of the halt and the first person called', () => {
    expect(computeMetrics(timelineOf(changed('trading.halted', { at: 40 }))).responseSeconds).toBe(40);
  });

  test('counts from the opening record when the detection event could not be written', () => {
    expect(computeMetrics(timelineOf(without('incident.detected'))).responseSeconds).toBe(3.1);
  });

  test('needs no halt below P0', () => {
    const events = timelineOf([...opening('P1'), { at: 9, type: 'contacts.notified' }]);
    expect(computeMetrics(events).responseSeconds).toBe(9);
  });

  test('ignores contacts that could not be reached', () => {
    const events = timelineOf([...opening('P1'), { at: 9, type: 'contacts.notified', outcome: 'failed' }]);
    expect(computeMetrics(events).responseSeconds).toBeNull();
  });
});

describe('recovery', () => {
  test('ends with the proof when trading never stopped', () => {
    expect(computeMetrics(timelineOf([...opening('P1'), PROOF])).recoverySeconds).toBe(PROOF.at);
  });

  test('is open while people are awaited', () => {
    expect(computeMetrics(timelineOf(UNTIL_APPROVAL)).recoverySeconds).toBeNull();
  });

  test('is open again when trading is halted after it was resumed', () => {
    const halted: Happening = { at: 1900, type: 'trading.halted' };
    expect(computeMetrics(timelineOf([...CRITICAL_INCIDENT, halted])).recoverySeconds).toBeNull();
  });

  test('is not opened again by a late record of the first halt', () => {
    const repeated: Happening = { at: 1.9, type: 'trading.halted', detail: { changed: false } };
    expect(computeMetrics(timelineOf([...CRITICAL_INCIDENT, repeated])).recoverySeconds).toBe(1751);
  });
});

describe('recovery point', () => {
  const withoutCommits = CRITICAL_INCIDENT.map((happening) => ({
    ...happening,
    detail: { ...happening.detail, lastCommitAt: null, sourceLastCommitAt: null },
  }));

  test('ends with the halt when no last commit was seen, and says so', () => {
    const { rpoSeconds, rpoBasis } = computeMetrics(timelineOf(withoutCommits));
    expect(rpoSeconds).toBe(83.9);
    expect(rpoBasis).toBe('halt');
  });

  test('falls back on the assessment when the verification counted no rows', () => {
    const metrics = computeMetrics(timelineOf(changed('restore.verified', { detail: { checks: [] } })));
    expect([metrics.rpoSeconds, metrics.rpoRows, metrics.rpoTransactions]).toEqual([83.4, 1204, 988]);
  });

  test('after salvage is what is still missing', () => {
    const applied: Happening = {
      at: 1450,
      type: 'salvage.applied',
      detail: {
        rows: 2700,
        insertedRows: 1000,
        transactions: 900,
        lastCommitAt: '2026-03-14T09:26:54.3Z',
        lastMissingCommitAt: '2026-03-14T09:26:01Z',
      },
    };
    const salvaged = [...CRITICAL_INCIDENT, applied].toSorted((left, right) => left.at - right.at);
    expect(computeMetrics(timelineOf(salvaged))).toMatchObject({
      rpoSeconds: 83.4,
      rpoSecondsAfterSalvage: 30,
      rpoTransactionsAfterSalvage: 74,
      rpoRowsAfterSalvage: 187,
    });
  });

  test('is 0 when nothing was committed after the restore point', () => {
    const events = timelineOf(
      changed('restore.verified', { detail: { checks: [], sourceLastCommitAt: '2026-03-14T09:25:00Z' } }),
    );
    expect(computeMetrics(events).rpoSeconds).toBe(0);
  });
});

describe('data integrity', () => {
  const failure: Happening = {
    at: 1500,
    type: 'step.failed',
    outcome: 'failed',
    detail: { state: 'ProveService', error: 'ProofFailed', message: 'trades: 3 rows are missing' },
  };

  test('is 0 when the last proof failed', () => {
    expect(computeMetrics(timelineOf([...UNTIL_APPROVAL, failure])).dataIntegrity).toBe(0);
  });

  test('is 1 when a proof succeeded after one that failed', () => {
    const events = timelineOf([...UNTIL_APPROVAL, failure, { ...PROOF, at: 1600 }]);
    expect(computeMetrics(events).dataIntegrity).toBe(1);
  });

  test('is not touched by the failure of another step', () => {
    const other = { ...failure, detail: { ...failure.detail, state: 'SendUserNotice' } };
    expect(computeMetrics(timelineOf([...UNTIL_APPROVAL, other])).dataIntegrity).toBe(1);
  });
});

describe('for any timeline', () => {
  const happening = fc.record({
    index: fc.nat(CRITICAL_INCIDENT.length - 1),
    at: fc.integer({ min: -600, max: 7200 }),
    outcome: fc.constantFrom('succeeded' as const, 'failed' as const, 'refused' as const),
    detail: fc.oneof(fc.constant(undefined), fc.dictionary(fc.string(), fc.jsonValue())),
  });
  const timeline = fc.array(happening, { maxLength: 30 }).map((drawn) =>
    timelineOf(
      drawn.map(({ index, at, outcome, detail }) => {
        const base = CRITICAL_INCIDENT[index] as Happening;
        return { ...base, at, outcome, detail: detail ?? base.detail ?? {} };
      }),
    ),
  );

  test('no value is negative, no share exceeds 1, and nothing is invented', () => {
    fc.assert(
      fc.property(timeline, (events) => {
        const { rpoBasis, ...numbers } = computeMetrics(events);
        for (const value of Object.values(numbers)) expect(value === null || value >= 0).toBe(true);
        expect(numbers.adherence ?? 0).toBeLessThanOrEqual(1);
        if (!events.some(({ type }) => type === 'user-notice.sent'))
          expect(numbers.userNoticeSeconds).toBeNull();
        expect(rpoBasis === null).toBe(numbers.rpoSeconds === null);
      }),
      { seed: 20260314, numRuns: 300 },
    );
  });
});

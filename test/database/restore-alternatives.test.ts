import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Culprit, TransactionTrace } from '../../shared/database/culprit.ts';
import { nearbyPoints } from '../../shared/database/restore-alternatives.ts';
import { describeProposal } from '../../shared/database/restore-proposal.ts';
import { epochMicros } from '../../shared/lambda/timestamp.ts';

const trace = (xid: string, committedAt: string): TransactionTrace => ({ xid, committedAt, tables: [] });
const culprit: Culprit = {
  ...trace('9', '2026-01-31T03:02:30.500000Z'),
  evidence: 'wal',
  confidence: 'certain',
  reason: 'Transaction 9 deleted 4 rows',
};
const sound = { observedAt: '2026-01-31T03:01:00.500000Z' };
const proposed = '2026-01-31T03:02:30Z';

describe('the points beside the proposed one', () => {
  it('are the good baseline and the seconds before what else is unusual, the latest first', () => {
    const suspects = [trace('7', '2026-01-31T03:02:00.000000Z'), trace('8', '2026-01-31T03:02:10.000001Z')];
    expect(nearbyPoints({ culprit, suspects }, sound, proposed)).toEqual([
      { restoreTime: '2026-01-31T03:02:10Z', reason: expect.stringContaining('transaction 8') },
      { restoreTime: '2026-01-31T03:01:59Z', reason: expect.stringContaining('transaction 7') },
      { restoreTime: '2026-01-31T03:01:00Z', reason: expect.stringContaining('baseline') },
    ]);
  });

  it('never lie where the damage is done, nor twice at one moment, nor at the proposed one', () => {
    const seconds = fc.integer({ min: 0, max: 300 });
    fc.assert(
      fc.property(fc.array(seconds, { maxLength: 12 }), seconds, fc.boolean(), (commits, at, known) => {
        const moment = (second: number) =>
          `${new Date(Date.UTC(2026, 0, 31, 3, 1, 1) + second * 1000).toISOString().slice(0, -1)}500Z`;
        const suspects = commits.map((second, index) => trace(String(index), moment(second)));
        const found = known ? { ...culprit, committedAt: moment(at) } : null;
        const points = nearbyPoints({ culprit: found, suspects }, sound, '2026-01-31T03:02:00Z');
        const times = points.map(({ restoreTime }) => restoreTime);
        expect(new Set(times).size).toBe(times.length);
        expect(times).not.toContain('2026-01-31T03:02:00Z');
        expect(times.length).toBeLessThanOrEqual(4);
        expect(times).toEqual(times.toSorted().toReversed());
        for (const time of times)
          if (found !== null) expect(epochMicros(time)).toBeLessThan(epochMicros(found.committedAt));
      }),
      { seed: 7 },
    );
  });

  it('are told with what each would lose', () => {
    const preview = (restoreTime: string, transactions: number) => ({
      restoreTime,
      transactions,
      rows: { 'public.trades': transactions },
      lastCommitAt: null,
      rpoSeconds: transactions,
    });
    const lines = describeProposal({
      restoreTime: proposed,
      basis: 'culprit',
      reason: 'It is before the accident',
      preview: preview(proposed, 3),
      alternatives: [
        {
          restoreTime: '2026-01-31T03:01:00Z',
          reason: 'The baseline',
          preview: preview('2026-01-31T03:01:00Z', 90),
        },
        { restoreTime: '2026-01-31T03:00:00Z', reason: 'Earlier', preview: null },
      ],
    });
    expect(lines).toEqual([
      'Proposed: back to 2026-01-31T03:02:30Z: It is before the accident. Lost would be 3 transactions in 3.000 s (rows: 3 of public.trades).',
      'Or: back to 2026-01-31T03:01:00Z: The baseline. Lost would be 90 transactions in 90.000 s (rows: 90 of public.trades).',
      'Or: back to 2026-01-31T03:00:00Z: Earlier. What would be lost is not known.',
    ]);
  });
});

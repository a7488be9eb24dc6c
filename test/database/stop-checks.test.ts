import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DatabaseSession } from '../../shared/database/postgres.ts';
import { stopChecks } from '../../shared/database/stop-checks.ts';
import { readStopEvidence, type StopEvidence } from '../../shared/database/stop-evidence.ts';
import { epochMicros, timestampOfMicros } from '../../shared/lambda/timestamp.ts';

const POINT = '2026-01-31T03:05:07Z';
const OPENED = '2026-01-31T03:06:00Z';
const SECOND = 1_000_000n;
const at = (seconds: number) => epochMicros(POINT) + BigInt(Math.round(seconds * 1e6));

/** Commits by id, in seconds from the point. */
const commits = (seconds: Record<number, number>) =>
  new Map(Object.entries(seconds).map(([id, after]) => [BigInt(id), at(after)]));

const SOURCE = { 10: -30, 11: -2, 12: -0.5, 13: 0.4, 14: 3, 15: 9 };
/** The id of the first excluded commit is given out again, an hour later. */
const COPY = { 10: -30, 11: -2, 12: -0.5, 13: 3600, 14: 3700 };

const evidence = (change: Partial<StopEvidence> = {}): StopEvidence => ({
  copy: { range: { from: 10n, until: 15n }, commits: commits(COPY) },
  source: { commits: commits(SOURCE) },
  culprit: { trace: { xid: '14', committedAt: timestampOfMicros(at(3)) }, committedOnCopy: at(3700) },
  ...change,
});
const copyWith = (change: Record<number, number>) => ({
  copy: { range: { from: 10n, until: 15n }, commits: commits(change) },
});
const judge = (change: Partial<StopEvidence> = {}) => stopChecks(evidence(change), POINT, OPENED);
const subjectsWhere = (change: Partial<StopEvidence>, wanted: 'failed' | 'not comparable') =>
  judge(change)
    .checks.filter(({ passed, compared }) => (wanted === 'failed' ? !passed : passed && compared === false))
    .map(({ subject }) => subject);

/** A server by what it tracks; anything else that it is asked fails the test. */
const server = (setting: 'on' | 'off'): DatabaseSession => ({
  warnings: [],
  connectMillis: 0,
  async query<Row extends object>(sql: string) {
    if (sql.includes('track_commit_timestamp')) return [{ setting }] as unknown as Row[];
    throw new Error(`asked for ${sql}`);
  },
});

describe('the evidence of a stop', () => {
  const never = () => Promise.reject(new Error('the source was asked'));

  it('is unknown of a copy that keeps no commit times, and the source is not asked', async () => {
    expect(await readStopEvidence(server('off'), never, { nextTransactionId: '800' }, null)).toEqual({
      copy: { unknown: 'track_commit_timestamp is off on the copy' },
      source: { unknown: 'track_commit_timestamp is off on the copy' },
      culprit: null,
    });
  });

  it('is unknown without a baseline that says where to begin', async () => {
    const { copy } = await readStopEvidence(server('on'), never, undefined, null);
    expect(copy).toEqual({ unknown: expect.stringContaining('no good baseline before the point') });
  });
});

describe('the stop of a restore', () => {
  it('is proven between its newest commit and the first that was left out', () => {
    const proof = judge();
    expect(proof.checks.map(({ layer }) => layer)).toEqual(['stop', 'stop', 'stop', 'stop']);
    expect(proof.checks.every(({ passed, compared }) => passed && compared !== false)).toBe(true);
    expect(proof).toMatchObject({
      newestCommitAt: '2026-01-31T03:05:06.500000Z',
      firstExcludedCommitAt: '2026-01-31T03:05:07.400000Z',
    });
  });

  it.each([
    [
      'commits that the source made after the point',
      { ...COPY, 13: 0.4 },
      ['newest commit', 'first excluded commit'],
    ],
    ['a commit from between point and incident, of whatever server', { ...COPY, 13: 20 }, ['newest commit']],
    ['a restore that ended too soon', { 10: -30, 11: -2 }, ['commits before the point']],
    ['a hole', { 10: -30, 12: -0.5 }, ['commits before the point']],
    ['a commit that the source does not have', { ...COPY, 9: -40, 11: -2.5 }, ['commits before the point']],
  ])('fails for %s', (_what, copy, failed) => {
    expect(subjectsWhere(copyWith(copy), 'failed')).toEqual(failed);
  });

  it('fails when the transaction that did the damage is on the copy', () => {
    const trace = { xid: '14', committedAt: timestampOfMicros(at(3)) };
    expect(subjectsWhere({ culprit: { trace, committedOnCopy: at(3) } }, 'failed')).toEqual([
      'transaction 14, which did the damage',
    ]);
  });

  it('does not hold the new life of the copy against it', () => {
    expect(subjectsWhere(copyWith({ ...COPY, 15: 4000, 16: 4001 }), 'failed')).toEqual([]);
  });

  it('takes a commit that was stamped just before the point and logged after it for excluded, and says so', () => {
    const { checks } = judge({
      source: { commits: commits({ ...SOURCE, 16: -0.01 }) },
    });
    const check = checks.find(({ subject }) => subject === 'commits before the point');
    expect(check).toMatchObject({
      passed: true,
      found: '1 missing that were stamped just before and logged after the point',
    });
  });

  it.each([
    [
      'a copy that does not track commits',
      { copy: { unknown: 'track_commit_timestamp is off on the copy' }, culprit: null },
      ['newest commit', 'commits before the point', 'first excluded commit'],
    ],
    [
      'a source that cannot be asked',
      { source: { unknown: 'the source cannot be asked: ECONNREFUSED' } },
      ['commits before the point', 'first excluded commit'],
    ],
    [
      'a source on which nothing was committed since',
      { source: { commits: commits({ 10: -30, 11: -2, 12: -0.5 }) } },
      ['first excluded commit'],
    ],
    [
      'a copy that began to track commits in its new life only',
      copyWith({ 13: 3600, 14: 3700 }),
      ['newest commit', 'commits before the point'],
    ],
  ] as const)('says of %s what is not known', (_what, change, subjects) => {
    expect(subjectsWhere(change, 'not comparable')).toEqual(subjects);
    expect(subjectsWhere(change, 'failed')).toEqual([]);
    for (const { compared, found } of judge(change).checks)
      if (compared === false) expect(found).not.toBe('');
  });

  it('sees later commits on the copy even where the source is silent', () => {
    const silent = { source: { unknown: 'the source cannot be asked' } };
    expect(subjectsWhere({ ...silent, ...copyWith({ ...COPY, 13: 20 }) }, 'failed')).toEqual([
      'newest commit',
    ]);
  });

  it('does not compare what only one of them remembers', () => {
    expect(subjectsWhere({ source: { commits: commits({ 12: -0.5, 13: 0.4 }) } }, 'failed')).toEqual([]);
  });

  it('holds for every history and every place to stop, and for no other', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 5_000_000 }), { minLength: 3, maxLength: 40 }),
        fc.nat(),
        fc.integer({ min: -3, max: 3 }),
        fc.nat({ max: 5 }),
        (gaps, place, drift, newLife) => {
          let now = at(0);
          const history = gaps.map((gap, index) => {
            now += BigInt(gap);
            return { id: BigInt(100 + index), at: now };
          });
          const stop = 1 + (place % (history.length - 2));
          const meant = history[stop];
          if (meant === undefined) throw new RangeError('no such place');
          const held = history.slice(0, Math.min(Math.max(stop + drift, 1), history.length));
          const born = now + 3600n * SECOND;
          const own = Array.from({ length: newLife }, (_, index) => ({
            id: 100n + BigInt(held.length + index),
            at: born + BigInt(index),
          }));
          const asMap = (list: readonly { id: bigint; at: bigint }[]) =>
            new Map(list.map((one) => [one.id, one.at]));
          const { checks, newestCommitAt, firstExcludedCommitAt } = stopChecks(
            {
              copy: { range: { from: 100n, until: 200n }, commits: asMap([...held, ...own]) },
              source: { commits: asMap(history) },
              culprit: null,
            },
            timestampOfMicros(meant.at - 1n),
            timestampOfMicros(now + SECOND),
          );
          const wrong = checks.filter(({ passed }) => !passed).map(({ subject }) => subject);
          const lost = history.slice(held.length, stop).filter((one) => one.at <= meant.at - 1n - 200_000n);
          expect(wrong.includes('newest commit')).toBe(held.length > stop);
          expect(wrong.includes('commits before the point')).toBe(lost.length > 0);
          if (held.length === stop) {
            expect(epochMicros(newestCommitAt ?? '')).toBeLessThan(meant.at);
            expect(firstExcludedCommitAt).toBe(timestampOfMicros(meant.at));
          }
        },
      ),
      { seed: 1 },
    );
  });
});

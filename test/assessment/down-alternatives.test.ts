import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DownFacts, weighAlternatives } from '../../shared/assessment/down-alternatives.ts';
import type { ReplicaPosition } from '../../shared/database/standbys.ts';

const time = (seconds: number) => ({ seconds, learned: false });
const FACTS: DownFacts = {
  identifier: 'platform',
  status: 'failed',
  rule: 'InstanceNotAvailable',
  noticedAt: '2026-01-31T03:10:00.000Z',
  multiAz: false,
  latestRestorableTime: '2026-01-31T03:06:00.000Z',
  replicas: [],
  times: {
    start: time(300),
    restart: time(300),
    failover: time(120),
    promotion: time(600),
    restore: time(1500),
  },
};
const replica = (replayedUntil: string | null, changes: Partial<ReplicaPosition> = {}): ReplicaPosition => ({
  identifier: 'platform-reader',
  status: 'available',
  replayedUntil,
  obstacle: replayedUntil === null ? 'no answer' : null,
  ...changes,
});
const weigh = (changes: Partial<DownFacts>) => weighAlternatives({ ...FACTS, ...changes });
const selected = (changes: Partial<DownFacts>) => weigh(changes).find((each) => each.selected)?.strategy;

describe('a database that is down', () => {
  it.each<[string, Partial<DownFacts>, string | undefined]>([
    ['that was stopped is started', { status: 'stopped', multiAz: true }, 'connection-restore'],
    [
      'whose server is dead, with a standby, fails over',
      { status: 'available', rule: 'ConnectionRefused', multiAz: true },
      'multi-az-failover',
    ],
    [
      'whose server is dead, without a standby, is waited for: RDS restarts it and nothing is lost',
      { status: 'available', rule: 'ConnectionRefused', replicas: [replica('2026-01-31T03:09:59.000000Z')] },
      'connection-restore',
    ],
    [
      'whose server starts is waited for, although it has a standby',
      { status: 'available', rule: 'ServerStarting', multiAz: true },
      'connection-restore',
    ],
    [
      'that is failed, with a replica close behind, is replaced by that',
      { replicas: [replica('2026-01-31T03:09:59.000000Z')] },
      'replica-promotion',
    ],
    [
      'that is failed, with a replica that lags more than a restore would lose, is restored',
      { replicas: [replica('2026-01-31T03:05:59.000000Z')] },
      'point-in-time-restore',
    ],
    [
      'that is failed, with a replica of which nobody knows how far it is, is restored',
      { replicas: [replica(null)] },
      'point-in-time-restore',
    ],
    [
      'that is failed, with a replica that is not available, is restored',
      { replicas: [replica('2026-01-31T03:09:59.000000Z', { status: 'rebooting' })] },
      'point-in-time-restore',
    ],
    ['that is failed, without a replica, is restored', {}, 'point-in-time-restore'],
    ['that is full is for people, who lose nothing', { status: 'storage-full' }, 'connection-restore'],
    ['that has nothing at all leaves nothing to select', { latestRestorableTime: null }, undefined],
  ])('%s', (_what, changes, strategy) => {
    expect(selected(changes)).toBe(strategy);
  });

  it('has every alternative shown, the selected one first, with what it costs and why it was not taken', () => {
    const [first, ...rest] = weigh({ replicas: [replica('2026-01-31T03:09:58.000000Z')] });
    expect(first).toMatchObject({
      strategy: 'replica-promotion',
      subject: 'platform-reader',
      expectedRpoSeconds: 2,
      expectedRtoSeconds: 600,
    });
    expect(rest).toMatchObject(
      [
        {
          strategy: 'connection-restore',
          possible: false,
          reason: 'RDS says failed: no start brings it back',
        },
        { strategy: 'multi-az-failover', possible: false, reason: /not Multi-AZ/ },
        {
          strategy: 'point-in-time-restore',
          possible: true,
          expectedRpoSeconds: 240,
          reason: /rejected because it loses more/,
        },
      ].map(({ reason, ...each }) => ({ ...each, reason: expect.stringMatching(reason) })),
    );
  });

  const moments = fc.integer({ min: 0, max: 1200 }).map((seconds) => {
    return new Date(Date.parse('2026-01-31T03:00:00Z') + seconds * 1000).toISOString();
  });
  const facts = fc.record({
    status: fc.constantFrom('available', 'failed', 'stopped', 'storage-full', 'rebooting', null),
    rule: fc.constantFrom('ConnectionRefused', 'InstanceNotAvailable', 'ServerStarting'),
    multiAz: fc.boolean(),
    noticedAt: moments,
    latestRestorableTime: fc.option(moments),
    replicas: fc.array(
      fc.record({
        identifier: fc.constantFrom('reader', 'reporting'),
        status: fc.constantFrom('available', 'modifying', 'failed'),
        replayedUntil: fc.option(moments),
        obstacle: fc.constant(null),
      }),
      { maxLength: 3 },
    ),
  });

  it('is never given to a replica that lost more than a restore would, or of which nobody knows how far it is', () => {
    fc.assert(
      fc.property(facts, (generated) => {
        const best = weigh(generated).find((each) => each.selected);
        fc.pre(best?.strategy === 'replica-promotion');
        const candidates = generated.replicas.filter(({ identifier }) => identifier === best?.subject);
        const latest = generated.latestRestorableTime ?? '';
        expect(
          candidates.some(({ replayedUntil }) => replayedUntil !== null && replayedUntil >= latest),
        ).toBe(true);
      }),
      { seed: 24 },
    );
  });

  it('is never failed over without a standby or from a server that lives', () => {
    fc.assert(
      fc.property(facts, (generated) => {
        if (selected(generated) !== 'multi-az-failover') return;
        expect(generated).toMatchObject({ multiAz: true, status: 'available', rule: 'ConnectionRefused' });
      }),
      { seed: 25 },
    );
  });

  it('has at most one selected alternative, and no possible one loses less', () => {
    fc.assert(
      fc.property(facts, (generated) => {
        const weighed = weigh(generated);
        const best = weighed.filter((each) => each.selected);
        expect(best.length).toBeLessThanOrEqual(1);
        for (const { possible, expectedRpoSeconds } of weighed) {
          if (!possible || expectedRpoSeconds === null) continue;
          expect(best[0]?.expectedRpoSeconds).toBeLessThanOrEqual(expectedRpoSeconds);
        }
      }),
      { seed: 26 },
    );
  });
});

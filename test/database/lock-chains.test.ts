import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kindOf } from '../../shared/database/busy-sessions.ts';
import { findLockChains, findStandingChains } from '../../shared/database/lock-chains.ts';
import { busySession } from './fixtures/busy-session.ts';

const waits = (pid: number, blockedBy: number[], waitSeconds = 1) =>
  busySession(pid, { blockedBy, waitSeconds });
const summaries = (sessions: Parameters<typeof findLockChains>[0]) =>
  findLockChains(sessions).map(({ root, waiting, depth, longestWaitSeconds }) => [
    root.pid,
    waiting,
    depth,
    longestWaitSeconds,
  ]);

describe('queues of locks', () => {
  it.each([
    ['nobody waits', [busySession(1), busySession(2)], []],
    ['two wait for one', [busySession(1), waits(2, [1], 3), waits(3, [1], 5)], [[1, 2, 1, 5]]],
    ['one behind the other', [busySession(1), waits(2, [1], 9), waits(3, [2], 4)], [[1, 2, 2, 9]]],
    [
      'two ways to the same waiter count once',
      [busySession(1), waits(2, [1]), waits(3, [1, 2])],
      [[1, 2, 1, 1]],
    ],
    [
      'a waiter behind two roots belongs to both',
      [busySession(1), busySession(2), waits(3, [1, 2])],
      [
        [1, 1, 1, 1],
        [2, 1, 1, 1],
      ],
    ],
    [
      'the root that holds up most comes first',
      [busySession(1), busySession(2), waits(3, [1]), waits(4, [2]), waits(5, [2])],
      [
        [2, 2, 1, 1],
        [1, 1, 1, 1],
      ],
    ],
    ['a circle has no root', [waits(1, [2]), waits(2, [1])], []],
    ['whoever waits for a circle has none either', [waits(1, [2]), waits(2, [1]), waits(3, [1])], []],
    ['a parallel worker names its leader twice', [busySession(1), waits(2, [1, 1])], [[1, 1, 1, 1]]],
    ['a blocker that has ended meanwhile is nobody', [waits(2, [1])], []],
  ])('%s', (_case, sessions, expected) => {
    expect(summaries(sessions)).toEqual(expected);
  });

  it('name for every waiter outside of a circle a root that waits for nobody', () => {
    // Sessions wait only for such with a smaller pid: there is no circle.
    const acyclic = fc
      .array(fc.array(fc.nat({ max: 20 }), { maxLength: 3 }), { minLength: 1, maxLength: 20 })
      .map((rows) =>
        rows.map((blockers, index) =>
          waits(index + 1, [...new Set(blockers.map((each) => each + 1).filter((each) => each <= index))]),
        ),
      );
    fc.assert(
      fc.property(acyclic, (sessions) => {
        const chains = findLockChains(sessions);
        expect(chains.every(({ root }) => root.blockedBy.length === 0)).toBe(true);
        const waiting = sessions.filter(({ blockedBy }) => blockedBy.length > 0).length;
        expect(chains.length > 0).toBe(waiting > 0);
        for (const chain of chains) {
          expect(chain.waiting).toBeLessThanOrEqual(waiting);
          expect(chain.depth).toBeLessThanOrEqual(chain.waiting);
        }
        expect(chains.reduce((sum, chain) => sum + chain.waiting, 0)).toBeGreaterThanOrEqual(waiting);
      }),
      { seed: 22 },
    );
  });
});

describe('queues that were looked at several times', () => {
  const root = busySession(1, { transactionSeconds: 5 });
  const summary = (looks: Parameters<typeof findStandingChains>[0]) =>
    findStandingChains(looks).map((chain) => [chain.root.pid, chain.waiting, chain.root.transactionSeconds]);
  const later = { ...root, transactionSeconds: 6 };
  it.each([
    ['stand while all who waited have given up for a moment', [[root, waits(2, [1])], [later]], [[1, 1, 6]]],
    [
      'count those who waited at the worst look',
      [
        [root, waits(2, [1]), waits(3, [1])],
        [later, waits(2, [1])],
      ],
      [[1, 2, 6]],
    ],
    ['are found at whatever look somebody waits', [[root], [later, waits(2, [1])]], [[1, 1, 6]]],
    [
      'are gone with the transaction',
      [[root, waits(2, [1])], [busySession(1, { transactionStart: '' })]],
      [],
    ],
    ['are gone with the session', [[root, waits(2, [1])], []], []],
    ['have no root that waits itself meanwhile', [[root, waits(2, [1])], [waits(1, [7])]], []],
    ['without any look there are none', [], []],
  ])('%s', (_case, looks, expected) => {
    expect(summary(looks)).toEqual(expected);
  });
});

describe('who a session is', () => {
  const client = {
    backendType: 'client backend',
    superuser: false,
    isRecovery: false,
    user: 'app',
    query: '',
  };
  it.each([
    ['client', client],
    ['superuser', { ...client, superuser: true }],
    ['recovery', { ...client, isRecovery: true }],
    ['rds', { ...client, user: 'rdsadmin', superuser: true }],
    ['replication', { ...client, backendType: 'walsender' }],
    ['replication', { ...client, backendType: 'logical replication apply worker' }],
    [
      'autovacuum',
      { ...client, backendType: 'autovacuum worker', user: '', query: 'autovacuum: VACUUM public.trades' },
    ],
    [
      'wraparound-vacuum',
      {
        ...client,
        backendType: 'autovacuum worker',
        user: '',
        query: 'autovacuum: VACUUM public.trades (to prevent wraparound)',
      },
    ],
    ['client', { ...client, query: 'SELECT 1 -- (to prevent wraparound)' }],
    ['server-process', { ...client, backendType: 'checkpointer', user: '' }],
  ])('%s', (kind, row) => {
    expect(kindOf(row)).toBe(kind);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BusySession } from '../../shared/database/busy-session.ts';
import { decideSessions, SessionPolicy, sessionText } from '../../shared/database/session-policy.ts';
import { busySession } from './fixtures/busy-session.ts';

const DEFAULTS = SessionPolicy.parse({});
const seen = (sessions: readonly BusySession[], heldUp = 0) =>
  sessions.map((session) => ({ ...session, heldUp }));
const decide = (sessions: readonly BusySession[], policy: Parameters<typeof SessionPolicy.parse>[0] = {}) => {
  const { end, leave } = decideSessions(sessions, SessionPolicy.parse(policy), seen(sessions));
  return { end: end.map(({ pid }) => pid), leave: leave.map(({ pid, reason }) => [pid, reason]) };
};
const waiter = (pid: number, root: number, waitSeconds = 5) =>
  busySession(pid, {
    blockedBy: [root],
    waitSeconds,
    querySeconds: waitSeconds,
    transactionSeconds: waitSeconds,
  });
const root = (pid: number, facts: Partial<BusySession> = {}) =>
  busySession(pid, { transactionSeconds: 5, ...facts });
const idle = (pid: number, stateSeconds: number, facts: Partial<BusySession> = {}) =>
  busySession(pid, {
    state: 'idle in transaction',
    stateSeconds,
    transactionSeconds: stateSeconds,
    ...facts,
  });

describe('whose end lets the others go on', () => {
  it('roots first, the one that holds up most before the others, then forgotten transactions, then long statements', () => {
    const sessions = [
      busySession(1, { querySeconds: 600 }),
      idle(2, 300),
      root(3),
      waiter(4, 3),
      root(5),
      waiter(6, 5),
      waiter(7, 5),
      busySession(8, { querySeconds: 60 }),
    ];
    expect(decide(sessions)).toEqual({ end: [5, 3, 2, 1, 8], leave: [] });
  });

  it('nobody who waits, however long', () => {
    expect(decide([root(1), waiter(2, 1, 900)]).end).toEqual([1]);
    expect(decide([waiter(2, 1, 900), waiter(1, 2, 900)]).end).toEqual([]);
  });

  it.each([
    ['blocking', [root(1, { transactionSeconds: 1.9 }), waiter(2, 1)]],
    ['long-query', [busySession(1, { querySeconds: 59.9 })]],
    ['idle-in-transaction', [idle(1, 59.9)]],
    [
      'an old transaction that works and holds nobody up',
      [busySession(1, { transactionSeconds: 5000, querySeconds: 1 })],
    ],
  ])('nobody who does it for as short as ordinary trading does: %s', (_work, sessions) => {
    expect(decide(sessions)).toEqual({ end: [], leave: [] });
  });

  it('nobody who was not seen before', () => {
    const sessions = [root(1), waiter(2, 1)];
    const another = root(1, { backendStart: '2026-01-31T03:05:08.000000Z' });
    expect(decideSessions(sessions, DEFAULTS, seen([another], 1))).toEqual({ end: [], leave: [] });
  });

  it('nobody who has begun another transaction since', () => {
    const sessions = [root(1), waiter(2, 1)];
    const before = root(1, { transactionStart: '2026-01-31T03:09:00.000000Z' });
    expect(decideSessions(sessions, DEFAULTS, seen([before], 1))).toEqual({ end: [], leave: [] });
  });

  it('whoever held others up in this transaction, also at the moment at which all of them have given up', () => {
    const { end } = decideSessions([root(1), idle(2, 5)], DEFAULTS, [
      ...seen([root(1)], 3),
      ...seen([idle(2, 4)], 6),
      ...seen([idle(2, 4)]),
    ]);
    expect(end).toEqual([
      expect.objectContaining({ pid: 2, work: 'blocking', holdsUp: 6 }),
      expect.objectContaining({ pid: 1, work: 'blocking', holdsUp: 3 }),
    ]);
  });

  it('nobody who held others up and waits now: it would help nobody', () => {
    const sessions = [waiter(1, 2), root(2)];
    const { end } = decideSessions(sessions, DEFAULTS, seen(sessions, 1));
    expect(end.map(({ pid }) => pid)).toEqual([2]);
  });
});

describe('what the policy forbids is left and named', () => {
  it.each(BusySession.shape.kind.options.filter((kind) => kind !== 'client').map((kind) => [kind] as const))(
    '%s, whatever the rules say',
    (kind) => {
      const { end, leave } = decide([root(1, { kind }), waiter(2, 1)], {
        rules: [{ when: 'blocking', seconds: 1, users: ['*'], applications: ['*'] }],
      });
      expect(end).toEqual([]);
      expect(leave).toEqual([[1, expect.any(String)]]);
    },
  );

  it.each([
    ['a user', { protectedUsers: ['trading_app'] }, 'protectedUsers names trading_app'],
    [
      'users by the beginning of their name',
      { protectedUsers: ['trading*'] },
      'protectedUsers names trading_app',
    ],
    [
      'an application',
      { protectedApplications: ['trading-service'] },
      'protectedApplications names trading-service',
    ],
  ])('%s', (_case, policy, reason) => {
    expect(decide([root(1), waiter(2, 1)], policy)).toEqual({ end: [], leave: [[1, reason]] });
  });

  it('a backup, without being told to', () => {
    const { end, leave } = decide([busySession(1, { application: 'pg_dump', querySeconds: 900 })]);
    expect(end).toEqual([]);
    expect(leave).toHaveLength(1);
  });

  it('a user or application that no rule names, and one that is not at it for long enough', () => {
    const rules = [
      { when: 'blocking' as const, seconds: 2, users: ['reporting'] },
      { when: 'blocking' as const, seconds: 60, applications: ['trading-*'] },
    ];
    expect(decide([root(1), waiter(2, 1, 5)], { rules }).leave).toEqual([
      [1, 'no rule lets a session of trading_app (trading-service) be ended for blocking'],
    ]);
    expect(decide([root(1, { transactionSeconds: 61 }), waiter(2, 1)], { rules }).end).toEqual([1]);
    expect(decide([root(1, { user: 'reporting' }), waiter(2, 1, 5)], { rules }).end).toEqual([1]);
  });

  it('a kind of work for which there is no rule at all', () => {
    expect(decide([idle(1, 61)], { rules: [] }).leave).toHaveLength(1);
    expect(decide([root(1), waiter(2, 1, 2)], { rules: [] }).leave).toHaveLength(1);
  });

  it('whoever comes after the limit', () => {
    const sessions = [idle(1, 300), idle(2, 200), idle(3, 100)];
    expect(decide(sessions, { limit: 1 })).toEqual({
      end: [1],
      leave: [
        [2, expect.stringContaining('limit: 1')],
        [3, expect.stringContaining('limit: 1')],
      ],
    });
    expect(decide(sessions, { limit: 0 }).end).toEqual([]);
  });

  it('says which process it is, what it does and what it runs', () => {
    const [left] = decideSessions([root(1), waiter(2, 1)], SessionPolicy.parse({ limit: 0 }), [
      { ...busySession(1), heldUp: 0 },
    ]).leave;
    expect(left && sessionText(left)).toBe(
      'pid 1 (trading_app, trading-service) holds 1 up in a transaction of 5 s: UPDATE positions SET stop_price = $1',
    );
  });
});

describe('whatever the sessions and the policy are', () => {
  const session = fc.record({
    kind: fc.constantFrom(...BusySession.shape.kind.options),
    user: fc.constantFrom('trading_app', 'reporting', 'rdsadmin'),
    state: fc.constantFrom('active', 'idle in transaction'),
    stateSeconds: fc.nat({ max: 1000 }),
    querySeconds: fc.nat({ max: 1000 }),
    transactionSeconds: fc.nat({ max: 1000 }),
    blockedBy: fc.uniqueArray(fc.integer({ min: 1, max: 8 }), { maxLength: 2 }),
  });
  const policy = fc.record({
    limit: fc.nat({ max: 5 }),
    protectedUsers: fc.subarray(['trading_app', 'rep*']),
  });

  it('only clients that are neither protected nor waiting are ended, never more than the limit, and nobody is both', () => {
    fc.assert(
      fc.property(fc.array(session, { maxLength: 8 }), policy, (facts, configured) => {
        const sessions = facts.map((each, index) => busySession(index + 1, each));
        const { end, leave } = decideSessions(sessions, SessionPolicy.parse(configured), seen(sessions));
        expect(end.length).toBeLessThanOrEqual(configured.limit);
        for (const { kind, user, blockedBy } of end) {
          expect(kind).toBe('client');
          expect(blockedBy).toEqual([]);
          expect(configured.protectedUsers.includes(user === 'reporting' ? 'rep*' : user)).toBe(false);
        }
        const all = [...end, ...leave].map(({ pid }) => pid);
        expect(new Set(all).size).toBe(all.length);
      }),
      { seed: 23 },
    );
  });
});

describe('a policy', () => {
  it.each([
    [{ limit: 21 }, 'limit'],
    [{ rules: [{ when: 'sleeping', seconds: 1 }] }, 'when'],
    [{ rules: [{ when: 'blocking', seconds: 0 }] }, 'seconds'],
    [{ protectedUsers: ['a*b'] }, 'protectedUsers'],
    [{ protected: [] }, 'protected'],
  ])('that is wrong names the field: %j', (wrong, field) => {
    const parsed = SessionPolicy.safeParse(wrong);
    expect(parsed.success).toBe(false);
    expect(JSON.stringify(parsed.error?.issues)).toContain(field);
  });
});

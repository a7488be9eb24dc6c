import { describe, expect, it } from 'vitest';
import { chooseSlowSessions, type WorkingSession } from '../../shared/database/slow-work.ts';

function session(pid: number, facts: Partial<WorkingSession>): WorkingSession {
  return {
    pid,
    user: 'app',
    application: 'service',
    state: 'active',
    stateSeconds: 0,
    transactionSeconds: 0,
    querySeconds: 0,
    blocks: 0,
    blocked: false,
    ...facts,
  };
}
const pids = (sessions: readonly WorkingSession[]) => chooseSlowSessions(sessions).map(({ pid }) => pid);

describe('whose end lets the others go on', () => {
  it('the root of a queue, not those who wait in it', () => {
    expect(
      pids([
        session(1, { blocks: 2, transactionSeconds: 9 }),
        session(2, { blocks: 1, blocked: true, transactionSeconds: 8, querySeconds: 8 }),
        session(3, { blocked: true, transactionSeconds: 7, querySeconds: 7 }),
      ]),
    ).toEqual([1]);
  });

  it('nobody who holds a lock for as short as ordinary trading does', () => {
    expect(pids([session(1, { blocks: 5, transactionSeconds: 1.9 })])).toEqual([]);
  });

  it('a root that does nothing in its transaction too', () => {
    expect(pids([session(1, { state: 'idle in transaction', blocks: 1, transactionSeconds: 30 })])).toEqual([
      1,
    ]);
  });

  it('statements that run for a minute, the longest first, after the roots', () => {
    expect(
      pids([
        session(1, { querySeconds: 60, transactionSeconds: 60 }),
        session(2, { querySeconds: 59, transactionSeconds: 59 }),
        session(3, { querySeconds: 600, transactionSeconds: 600 }),
        session(4, { blocks: 1, transactionSeconds: 3 }),
      ]),
    ).toEqual([4, 3, 1]);
  });

  it('nobody who runs for a minute only because somebody else holds a lock', () => {
    expect(pids([session(1, { querySeconds: 90, transactionSeconds: 90, blocked: true })])).toEqual([]);
  });
});

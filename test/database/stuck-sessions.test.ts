import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClientSession } from '../../shared/database/end-sessions.ts';
import { chooseStuckSessions } from '../../shared/database/stuck-sessions.ts';

const session = fc.record<ClientSession>({
  pid: fc.integer({ min: 1, max: 99_999 }),
  user: fc.constant('app'),
  application: fc.constant('service'),
  state: fc.constantFrom(
    'active',
    'idle',
    'idle in transaction',
    'idle in transaction (aborted)',
    'starting',
  ),
  stateSeconds: fc.double({ min: 0, max: 3600, noNaN: true }),
});
const sessions = fc.uniqueArray(session, { selector: ({ pid }) => pid, maxLength: 60 });
const slots = fc.integer({ min: 1, max: 60 });

describe('which stuck sessions are ended', () => {
  it('never one that works', () => {
    fc.assert(
      fc.property(sessions, slots, (all, ordinarySlots) => {
        const chosen = chooseStuckSessions(all, { ordinarySlots, takenSlots: all.length });
        expect(chosen.filter(({ state }) => !state.startsWith('idle'))).toEqual([]);
      }),
      { seed: 3 },
    );
  });

  it('of a crowded server as many as leave half of its slots free, as far as there are any', () => {
    fc.assert(
      fc.property(sessions, slots, (all, ordinarySlots) => {
        const usage = { ordinarySlots, takenSlots: all.length };
        const idle = all.filter(({ state }) => state.startsWith('idle'));
        const chosen = chooseStuckSessions(all, usage);
        if (all.length < ordinarySlots * 0.9) return;
        const left = all.length - chosen.length;
        expect(left <= ordinarySlots / 2 || chosen.length === idle.length).toBe(true);
      }),
      { seed: 4 },
    );
  });

  it('of a server with room only transactions that were forgotten for a minute', () => {
    fc.assert(
      fc.property(sessions, (all) => {
        const chosen = chooseStuckSessions(all, { ordinarySlots: 1000, takenSlots: all.length });
        const forgotten = all.filter(
          ({ state, stateSeconds }) => state.startsWith('idle in transaction') && stateSeconds >= 60,
        );
        expect(new Set(chosen)).toEqual(new Set(forgotten));
      }),
      { seed: 5 },
    );
  });

  it('idle transactions go before idle sessions, and the oldest first', () => {
    const make = (pid: number, state: string, stateSeconds: number): ClientSession => ({
      pid,
      user: 'app',
      application: 'service',
      state,
      stateSeconds,
    });
    const chosen = chooseStuckSessions(
      [
        make(1, 'idle', 900),
        make(2, 'idle', 5),
        make(3, 'idle in transaction', 1),
        make(4, 'active', 0),
        make(5, 'idle', 60),
        make(6, 'idle', 1),
      ],
      { ordinarySlots: 6, takenSlots: 6 },
    );
    expect(chosen.map(({ pid }) => pid)).toEqual([3, 1, 5]);
  });
});

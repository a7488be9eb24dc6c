import type { ClientSession } from './end-sessions.ts';

/** How crowded the server is. */
export interface SlotUsage {
  readonly ordinarySlots: number;
  readonly takenSlots: number;
}

/** So full that ordinary users soon get no connection. */
const CROWDED_USAGE = 0.9;
/** Enough room for every service to come back. */
const TARGET_USAGE = 0.5;
/** A transaction that has done nothing for so long was forgotten; it also holds its locks. */
const FORGOTTEN_SECONDS = 60;

/**
 * SOP `database_connection_restore`: which sessions hold slots and do nothing. Forgotten transactions go in any case; when the server is
 * crowded, idle transactions and then idle sessions go, the oldest first, until half of the slots are free. Whoever works stays.
 * @param sessions those that may be ended at all.
 */
export function chooseStuckSessions(
  sessions: readonly ClientSession[],
  { ordinarySlots, takenSlots }: SlotUsage,
): ClientSession[] {
  const oldestFirst = sessions.toSorted((left, right) => right.stateSeconds - left.stateSeconds);
  const inTransaction = oldestFirst.filter(({ state }) => state.startsWith('idle in transaction'));
  const idle = oldestFirst.filter(({ state }) => state === 'idle');
  const forgotten = inTransaction.filter(({ stateSeconds }) => stateSeconds >= FORGOTTEN_SECONDS);
  if (takenSlots < ordinarySlots * CROWDED_USAGE) return forgotten;
  const wanted = takenSlots - Math.floor(ordinarySlots * TARGET_USAGE);
  return [...inTransaction, ...idle].slice(0, Math.max(wanted, forgotten.length));
}

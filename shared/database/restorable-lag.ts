import { secondsBetween } from '../lambda/clock.ts';
import type { RestorableDatabase } from './restorable-database.ts';

/** How far what could be restored lies behind now: what a loss of the database at this moment would cost at least. */
export type RestorableLag =
  | { readonly measured: true; readonly lagSeconds: number }
  /** Nothing is restorable, or nobody can say what is. Never a lag of 0. */
  | { readonly measured: false; readonly reason: string };

/**
 * The lag of the latest restorable time. RDS uploads its logs about every five minutes, and only while the instance can work; a
 * status is not looked at, because an upload that has stopped shows in the time itself. A clock that is behind that of RDS makes no
 * negative lag.
 * @param at RFC 3339 time of the look.
 */
export function restorableLag(
  identifier: string,
  database: RestorableDatabase | undefined,
  at: string,
): RestorableLag {
  const unknown = (reason: string) => ({ measured: false, reason: `${identifier}: ${reason}` }) as const;
  if (database === undefined) return unknown('RDS has no instance of this name');
  const { backupRetentionDays, latestRestorableTime: latest, status } = database;
  if (backupRetentionDays === 0) return unknown('backupRetentionPeriod is 0: nothing can be restored');
  if (latest === null) return unknown(`no latest restorable time while it is ${status}`);
  return { measured: true, lagSeconds: Math.max(0, secondsBetween(latest, at)) };
}

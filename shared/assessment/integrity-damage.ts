import type { Baseline } from '../database/baseline.ts';
import type { DataObservation } from '../database/data-observation.ts';
import { valueIn } from '../database/data-observation.ts';
import type { RowsAfter } from '../database/rows-after.ts';
import { secondsBetween } from '../lambda/clock.ts';
import type { IntegrityDamage } from './damage.ts';
import type { IntegrityFinding } from './integrity.ts';

/** SOP "Verify critical data" counts the users in this table. */
const USERS_TABLE = 'public.user_accounts';

/** Everything that was learned about the data. */
export interface IntegrityEvidence {
  readonly observation: DataObservation;
  readonly finding: IntegrityFinding;
  readonly lastGood: Baseline | undefined;
  /** The first look at the data after the last good one that was not good; undefined when this one is. */
  readonly firstBad: Pick<Baseline, 'observedAt'> | undefined;
  readonly affectedUsers: number | null;
  readonly after: RowsAfter;
}

/** SOP step 2, `data_integrity`: intact only when everything could be read, compared and found unbroken. */
export function integrityDamageOf(evidence: IntegrityEvidence): IntegrityDamage {
  const { observation, finding, lastGood, firstBad, affectedUsers, after } = evidence;
  const violated = finding.violations.length > 0;
  const unknowns = [
    ...finding.unknowns,
    ...(lastGood === undefined ? ['There is no good baseline to compare with'] : []),
  ];
  return {
    status: violated ? 'violated' : unknowns.length > 0 ? 'unknown' : 'intact',
    reason: violated
      ? finding.violations.map(({ rule, subject, reason }) => `${rule} ${subject}: ${reason}`).join('; ')
      : unknowns.length > 0
        ? unknowns.join('; ')
        : `Matches the baseline of ${lastGood?.observedAt}`,
    violations: [...finding.violations],
    faultNotBefore: violated ? (lastGood?.observedAt ?? null) : null,
    faultNotAfter: violated ? (firstBad?.observedAt ?? observation.observedAt) : null,
    activeSessions: valueIn(observation.activeSessions),
    affectedUsers,
    totalUsers: totalUsers(observation, lastGood),
    estimatedLoss: violated && lastGood !== undefined ? estimateLoss(observation, lastGood, after) : null,
  };
}

/** Users that are gone count too: they are affected most of all. */
function totalUsers({ tables }: DataObservation, lastGood: Baseline | undefined): number | null {
  const reading = tables[USERS_TABLE];
  const present = reading === undefined ? null : (valueIn(reading)?.count ?? null);
  const before = lastGood?.counts[USERS_TABLE];
  if (present === null || before === undefined) return present ?? before ?? null;
  return Math.max(present, before);
}

/** What going back to the last good baseline would lose. */
function estimateLoss(observation: DataObservation, lastGood: Baseline, after: RowsAfter) {
  const lastWriteAt = after.newestRowAt ?? observation.lastCommitAt ?? observation.observedAt;
  const transactions = BigInt(observation.nextTransactionId) - BigInt(lastGood.nextTransactionId);
  return {
    seconds: Math.max(0, secondsBetween(lastGood.observedAt, lastWriteAt)),
    rows: after.rows ?? 0,
    transactions: transactions >= 0n ? Number(transactions) : null,
  };
}

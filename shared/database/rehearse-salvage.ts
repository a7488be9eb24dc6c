import { writeRows } from './apply-salvage.ts';
import { SalvageConflict, StatementFailed } from './errors.ts';
import type { PlatformData } from './platform-data.ts';
import type { DatabaseSession } from './postgres.ts';
import { type SalvageClasses, withoutViolators } from './salvage-classes.ts';
import type { SalvagePlan } from './salvage-plan.ts';
import { findBrokenRules } from './salvage-rules.ts';
import { linksOf } from './salvage-tables.ts';

/** Each round leaves out what broke a rule in the one before; what has not come to rest by then does not. */
const MAX_ROUNDS = 10;

/**
 * Carries out what may be offered on the live copy, in a transaction that is always taken back, and leaves out what would break a
 * declared rule. Sequences are not touched: they do not come back.
 * @throws {DatabaseUnreachable}
 */
export async function rehearseSalvage(
  session: DatabaseSession,
  platform: PlatformData,
  tables: SalvagePlan['tables'],
  classes: SalvageClasses,
): Promise<SalvageClasses> {
  let tried = classes;
  await session.query('BEGIN');
  try {
    for (let round = 0; round < MAX_ROUNDS && tried.offered.length > 0; round += 1) {
      await session.query('SAVEPOINT rehearsal');
      const rows = tried.offered.flatMap((group) => group.rows);
      await writeRows(session, { tables, sequences: [], rows });
      const broken = await findBrokenRules(session, platform);
      if (broken.length === 0) {
        // Deferred constraints would speak up at the commit only.
        await session.query('SET CONSTRAINTS ALL IMMEDIATE');
        return tried;
      }
      await session.query('ROLLBACK TO SAVEPOINT rehearsal');
      const violators = broken.flatMap((rule) => rule.violators ?? []);
      const left = broken.every((rule) => rule.violators !== null)
        ? withoutViolators(tried, violators, linksOf(platform))
        : null;
      if (left === null)
        return nothingOffered(
          tried,
          `breaks ${broken.map(({ rule }) => rule).join(', ')}, and no row can be named`,
        );
      tried = left;
    }
    return tried.offered.length === 0 ? tried : nothingOffered(tried, 'breaks rules again and again');
  } catch (error) {
    if (error instanceof StatementFailed || error instanceof SalvageConflict)
      return nothingOffered(tried, error.message);
    throw error;
  } finally {
    await session.query('ROLLBACK').catch(() => undefined);
  }
}

function nothingOffered({ offered, review }: SalvageClasses, because: string): SalvageClasses {
  return {
    offered: [],
    review: [
      ...review,
      ...offered.map((group) => ({ ...group, reason: 'not-applicable' as const, because })),
    ],
  };
}

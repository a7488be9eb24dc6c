import type { Baseline } from './baseline.ts';
import { DatabaseUnreachable, StatementFailed } from './errors.ts';
import { inSnapshot } from './guarded-read.ts';
import type { PlatformData } from './platform-data.ts';
import type { DatabaseAccessEnv, DatabaseEndpoint } from './postgres.ts';
import { withDatabase } from './postgres.ts';
import type { RestoredProof } from './proof.ts';
import { countRowsAfter } from './rows-after.ts';

type Loss = Pick<RestoredProof, 'sourceLastCommitAt' | 'rowsAfterPoint' | 'transactionsAfterPoint'>;

const UNKNOWN: Loss = { sourceLastCommitAt: null, rowsAfterPoint: null, transactionsAfterPoint: null };

/**
 * What lies on the damaged source behind the restore point, and is lost by going back to it. A source that cannot be asked any more
 * stops nothing: the loss is then unknown.
 * @param before the baseline before the point, whose transaction id bounds the transactions after it.
 */
export async function measureLoss(
  source: DatabaseEndpoint,
  access: DatabaseAccessEnv,
  platform: PlatformData,
  restoreTime: string,
  before: Baseline | undefined,
): Promise<Loss> {
  try {
    return await withDatabase(source, access, (session) =>
      inSnapshot(session, async () => {
        const [row] = await session.query<{ next: string }>(
          'SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next',
        );
        const { rows, newestRowAt } = await countRowsAfter(session, platform, restoreTime);
        return {
          sourceLastCommitAt: newestRowAt,
          rowsAfterPoint: rows,
          transactionsAfterPoint: transactionsBetween(before?.nextTransactionId, row?.next),
        };
      }),
    );
  } catch (error) {
    if (error instanceof DatabaseUnreachable || error instanceof StatementFailed) return UNKNOWN;
    throw error;
  }
}

function transactionsBetween(first: string | undefined, next: string | undefined): number | null {
  if (first === undefined || next === undefined) return null;
  const transactions = BigInt(next) - BigInt(first);
  return transactions < 0n ? null : Number(transactions);
}

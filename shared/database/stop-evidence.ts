import type { Baseline } from './baseline.ts';
import {
  type CommitTimes,
  readCommitTimes,
  type TransactionRange,
  tracksCommitTimes,
} from './commit-times.ts';
import type { TransactionTrace } from './culprit.ts';
import { DatabaseUnreachable, StatementFailed } from './errors.ts';
import type { DatabaseSession } from './postgres.ts';

/** What is not known, and why. */
interface Unknown {
  readonly unknown: string;
}

/** What two servers say of the same transactions. */
export interface StopEvidence {
  /** Commits on the copy since the baseline before the point: those that it was restored with, and those of its own new life. */
  readonly copy: { readonly range: TransactionRange; readonly commits: CommitTimes } | Unknown;
  /** Commits of the same transactions, and of some after them, on the damaged source. */
  readonly source: { readonly commits: CommitTimes } | Unknown;
  /** The transaction that did the damage, where it was found, and when the copy says that this id was committed (null: never). */
  readonly culprit: {
    readonly trace: Pick<TransactionTrace, 'xid' | 'committedAt'>;
    readonly committedOnCopy: bigint | null | Unknown;
  } | null;
}

/** Transactions before the baseline's newest that may still have been under way then. */
const OVERLAP_TRANSACTIONS = 1000n;
/** Of a busier time than this, the last transactions are compared. */
const MOST_TRANSACTIONS = 200_000n;
/** What the source has given out beyond what the copy knows of: the first commit after the point is among them. */
const SOURCE_BEYOND_COPY = 10_000n;

const NOT_TRACKED = 'track_commit_timestamp is off';

/**
 * Asks both servers when the transactions around a restore point were committed.
 * @param before the last good baseline at or before the point.
 * @param onSource opens a session on the damaged source; that it cannot be asked is a finding.
 * @throws {DatabaseUnreachable} when the copy is lost.
 */
export async function readStopEvidence(
  copy: DatabaseSession,
  onSource: <Result>(work: (session: DatabaseSession) => Promise<Result>) => Promise<Result>,
  before: Pick<Baseline, 'nextTransactionId'> | undefined,
  culprit: Pick<TransactionTrace, 'xid' | 'committedAt'> | null,
): Promise<StopEvidence> {
  if (!(await tracksCommitTimes(copy))) {
    const unknown = { unknown: `${NOT_TRACKED} on the copy` };
    return {
      copy: unknown,
      source: unknown,
      culprit: culprit && { trace: culprit, committedOnCopy: unknown },
    };
  }
  const found = culprit && { trace: culprit, committedOnCopy: await committedAt(copy, culprit.xid) };
  if (before === undefined) {
    const unknown = { unknown: 'no good baseline before the point says which transactions to compare' };
    return { copy: unknown, source: unknown, culprit: found };
  }
  const until = await nextTransactionId(copy);
  const range = {
    from: largest(BigInt(before.nextTransactionId) - OVERLAP_TRANSACTIONS, until - MOST_TRANSACTIONS, 3n),
    until,
  };
  return {
    copy: { range, commits: await readCommitTimes(copy, range) },
    source: await commitsOfSource(onSource, { ...range, until: until + SOURCE_BEYOND_COPY }),
    culprit: found,
  };
}

async function commitsOfSource(
  onSource: Parameters<typeof readStopEvidence>[1],
  range: TransactionRange,
): Promise<StopEvidence['source']> {
  try {
    return await onSource(async (session) =>
      (await tracksCommitTimes(session))
        ? { commits: await readCommitTimes(session, range) }
        : { unknown: `${NOT_TRACKED} on the source` },
    );
  } catch (error) {
    if (!(error instanceof DatabaseUnreachable || error instanceof StatementFailed)) throw error;
    return { unknown: `the source cannot be asked: ${error.message}` };
  }
}

async function nextTransactionId(session: DatabaseSession): Promise<bigint> {
  const [row] = await session.query<{ next: string }>(
    'SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next',
  );
  return BigInt(row?.next ?? '0');
}

/** @param xid 32 bit, as rows carry it. */
async function committedAt(session: DatabaseSession, xid: string): Promise<bigint | null> {
  const [row] = await session.query<{ micros: string | null }>(
    `SELECT (extract(epoch FROM pg_xact_commit_timestamp($1::text::xid)) * 1000000)::bigint::text AS micros`,
    [xid],
  );
  return row?.micros == null ? null : BigInt(row.micros);
}

function largest(...values: readonly bigint[]): bigint {
  return values.reduce((most, value) => (value > most ? value : most));
}

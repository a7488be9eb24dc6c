import { epochMillis } from '../../../shared/lambda/clock.ts';
import { epochMicros } from '../../../shared/lambda/timestamp.ts';
import type { AcknowledgedTrade } from '../platform/commit-record.ts';

/** Rows that were there before anybody traded. Equal fingerprints mean equal contents. */
export interface SeededRows {
  readonly rows: number;
  readonly fingerprint: string;
}

/** What the database holds at the end, read past every function of the recovery. */
export interface DataAfter {
  readonly seeded: SeededRows;
  /** Contents of all other trades, by id. */
  readonly trades: ReadonlyMap<number, string>;
  /** Violations by invariant. */
  readonly violations: Readonly<Record<string, number>>;
}

/** Everything that the verdict is computed from. None of it comes from the proof that the recovery made itself. */
export interface Evidence {
  readonly seededBefore: SeededRows;
  /** The trading services' own record. */
  readonly acknowledged: readonly AcknowledgedTrade[];
  readonly after: DataAfter;
  /** The time that the database was restored to, RFC 3339 UTC; null when it was not restored. */
  readonly restorePoint: string | null;
  /** When trading began again, RFC 3339 UTC; null when it did not. */
  readonly resumedAt: string | null;
}

/** What became of the data. Rows are trades. */
export interface DataVerdict {
  /** Seeded, or acknowledged before the restore point (all, when nothing was restored). */
  readonly expectedRows: number;
  /** Of the expected ones, those that are there. */
  readonly restoredRows: number;
  /** Of the expected ones, those that are not: must be 0. */
  readonly rowsLost: number;
  /** Acknowledged between the restore point and the halt, the orders included that were on their way when it came. */
  readonly rowsAfterPoint: number;
  /** Of the rows after the point, those that are there: they were re-applied. */
  readonly rowsSalvaged: number;
  /** Acknowledged after trading had resumed, and not there: somebody still writes elsewhere. Must be 0. */
  readonly rowsStrayed: number;
  /** From the restore point to the last acknowledged commit that is absent afterwards; 0 when none is. */
  readonly rpoSeconds: number;
  /** Nothing lost, nothing strayed, every row says what it said, and every invariant holds. */
  readonly verified: boolean;
  /** Why not, one sentence each. */
  readonly problems: readonly string[];
}

/**
 * Judges the data by what the trading services know themselves. A trade whose acknowledgement arrived in the very millisecond of
 * the restore point counts as after it: it may have been committed on either side.
 */
export function judgeData(evidence: Evidence): DataVerdict {
  const { seededBefore, after } = evidence;
  const { before, between, afterwards } = partition(evidence);
  const absent = (trade: AcknowledgedTrade) => !after.trades.has(trade.id);

  const expectedRows = seededBefore.rows + before.length;
  const restoredRows = after.seeded.rows + before.filter((trade) => !absent(trade)).length;
  const rowsStrayed = afterwards.filter(absent).length;
  const problems = [
    ...(restoredRows === expectedRows ? [] : [`${expectedRows - restoredRows} acknowledged trades are lost`]),
    ...(rowsStrayed === 0 ? [] : [`${rowsStrayed} trades of the time after the resumption are missing`]),
    ...contentProblems(evidence),
    ...Object.entries(after.violations)
      .filter(([, count]) => count !== 0)
      .map(([name, count]) => `invariant ${name} is violated ${count} times`),
  ];
  return {
    expectedRows,
    restoredRows,
    rowsLost: expectedRows - restoredRows,
    rowsAfterPoint: between.length,
    rowsSalvaged: between.filter((trade) => !absent(trade)).length,
    rowsStrayed,
    rpoSeconds: rpoSeconds(evidence, between.filter(absent)),
    verified: problems.length === 0,
    problems,
  };
}

interface Partition {
  readonly before: readonly AcknowledgedTrade[];
  readonly between: readonly AcknowledgedTrade[];
  readonly afterwards: readonly AcknowledgedTrade[];
}

function partition({ acknowledged, restorePoint, resumedAt }: Evidence): Partition {
  if (restorePoint === null) return { before: acknowledged, between: [], afterwards: [] };
  const pointMicros = epochMicros(restorePoint);
  const resumedMillis = resumedAt === null ? Number.POSITIVE_INFINITY : epochMillis(resumedAt);
  const isBefore = ({ acknowledgedAtMillis }: AcknowledgedTrade) =>
    BigInt(acknowledgedAtMillis + 1) * 1000n <= pointMicros;
  const isAfterwards = ({ acknowledgedAtMillis }: AcknowledgedTrade) => acknowledgedAtMillis >= resumedMillis;
  return {
    before: acknowledged.filter(isBefore),
    between: acknowledged.filter((trade) => !isBefore(trade) && !isAfterwards(trade)),
    afterwards: acknowledged.filter((trade) => !isBefore(trade) && isAfterwards(trade)),
  };
}

function contentProblems({ seededBefore, acknowledged, after }: Evidence): string[] {
  const altered = acknowledged.filter(({ id, content }) => (after.trades.get(id) ?? content) !== content);
  const seedAltered =
    seededBefore.rows === after.seeded.rows && seededBefore.fingerprint !== after.seeded.fingerprint;
  return [
    ...(altered.length === 0
      ? []
      : [`${altered.length} acknowledged trades say something else than they did`]),
    ...(seedAltered ? ['trades of before the rehearsal say something else than they did'] : []),
  ];
}

function rpoSeconds({ restorePoint }: Evidence, absent: readonly AcknowledgedTrade[]): number {
  if (restorePoint === null) return 0;
  const pointMillis = epochMillis(restorePoint);
  const lastMillis = absent.reduce(
    (last, { acknowledgedAtMillis }) => Math.max(last, acknowledgedAtMillis),
    pointMillis,
  );
  return (lastMillis - pointMillis) / 1000;
}

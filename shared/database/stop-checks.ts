import { epochMicros, timestampOfMicros } from '../lambda/timestamp.ts';
import type { CommitTimes } from './commit-times.ts';
import type { ProofCheck } from './proof.ts';
import { notComparable, proofCheck } from './proof-check.ts';
import type { StopEvidence } from './stop-evidence.ts';

/** What is known of where a restore stopped. */
export interface StopProof {
  readonly checks: readonly ProofCheck[];
  /** Newest commit that the copy was restored with; null where it is not known. */
  readonly newestCommitAt: string | null;
  /** First commit on the source that the copy does not have; null where it is not known. */
  readonly firstExcludedCommitAt: string | null;
}

/**
 * Between the stamp of a commit and its place in the log lies less than this. Recovery stops at the first commit in the log whose stamp
 * lies after the point: one that was stamped just before may come after it.
 */
const STAMP_TO_LOG_MICROS = 200_000n;

interface Commit {
  readonly id: bigint;
  readonly at: bigint;
}

/**
 * The layer `stop`: newest commit on the copy <= restore point < first excluded commit. Nothing that was committed after the point is
 * there, and nothing that was committed before it is missing. What a copy commits in its new life, under ids that the source has given
 * to others, is not held against it: such a commit is later than everything that the restore could have brought.
 * @param restoreTime what RDS was asked for.
 * @param openedAt when the incident was opened: the copy was asked for after that, so that it had no life of its own before.
 */
export function stopChecks(evidence: StopEvidence, restoreTime: string, openedAt: string): StopProof {
  const point = epochMicros(restoreTime);
  const { copy, source } = evidence;
  const culprit = culpritChecks(evidence.culprit, point);
  if ('unknown' in copy) {
    const unknown = (subject: string, expected: string) =>
      notComparable('stop', subject, expected, copy.unknown);
    return {
      checks: [
        unknown('newest commit', `not after ${restoreTime}`),
        unknown('commits before the point', 'all of the source'),
        unknown('first excluded commit', `after ${restoreTime}`),
        ...culprit,
      ],
      newestCommitAt: null,
      firstExcludedCommitAt: null,
    };
  }
  const ofSource = 'unknown' in source ? undefined : source.commits;
  const opened = epochMicros(openedAt);
  const restored = commitsOf(copy.commits).filter(
    ({ id, at }) => at <= point || at <= opened || ofSource?.get(id) === at,
  );
  const excluded = ofSource && commitsOf(ofSource).find(({ at }) => at > point);
  return {
    checks: [
      newestCheck(restored, point, copy.range.from),
      'unknown' in source
        ? notComparable('stop', 'commits before the point', 'all of the source', source.unknown)
        : completenessCheck(copy.commits, source.commits, copy.range.until, point),
      'unknown' in source
        ? notComparable('stop', 'first excluded commit', `after ${restoreTime}`, source.unknown)
        : excludedCheck(copy.commits, excluded, restoreTime),
      ...culprit,
    ],
    newestCommitAt: timeOf(restored.at(-1)),
    firstExcludedCommitAt: timeOf(excluded),
  };
}

function newestCheck(restored: readonly Commit[], point: bigint, from: bigint): ProofCheck {
  const subject = 'newest commit';
  const expected = `not after ${timestampOfMicros(point)}`;
  const newest = restored.at(-1);
  if (newest === undefined)
    return notComparable('stop', subject, expected, `no commit since transaction ${from} is on the copy`);
  const late = restored.filter(({ at }) => at > point).length;
  return late === 0
    ? proofCheck('stop', subject, true, expected, textOf(newest))
    : proofCheck('stop', subject, false, expected, `${late} later commits, up to ${textOf(newest)}`);
}

/**
 * Each commit of the source up to the point is one of the copy, and the other way round. What one of them does not remember that far
 * back, after a VACUUM FREEZE or because it tracked no commits then, says nothing.
 */
function completenessCheck(copy: CommitTimes, source: CommitTimes, until: bigint, point: bigint): ProofCheck {
  const remembered = oldestOfBoth(copy, source);
  const upToPoint = (commits: CommitTimes) =>
    commitsOf(commits).filter(({ id, at }) => id >= remembered && at <= point);
  const due = upToPoint(source);
  const missing = due.filter(({ id, at }) => copy.get(id) !== at);
  const late = missing.filter(({ at }) => at > point - STAMP_TO_LOG_MICROS);
  const lost = missing.length - late.length;
  const strange = upToPoint(copy).filter(({ id, at }) => source.get(id) !== at);
  const subject = 'commits before the point';
  const expected = `the ${due.length} of the source among the transactions ${remembered} to ${until - 1n}, at the same times`;
  if (due.length === 0 && strange.length === 0)
    return notComparable('stop', subject, 'all of the source', 'both remember none of the same transactions');
  const found = [
    ...(lost === 0 ? [] : [`${lost} missing, the first ${textOf(missing[0])}`]),
    ...(strange.length === 0
      ? []
      : [`${strange.length} that the source does not have, the first ${textOf(strange[0])}`]),
    ...(late.length === 0
      ? []
      : [`${late.length} missing that were stamped just before and logged after the point`]),
  ];
  return proofCheck(
    'stop',
    subject,
    lost === 0 && strange.length === 0,
    expected,
    found.join('; ') || 'all of them',
  );
}

function excludedCheck(copy: CommitTimes, excluded: Commit | undefined, restoreTime: string): ProofCheck {
  const subject = 'first excluded commit';
  const expected = `after ${restoreTime}, and not on the copy`;
  if (excluded === undefined)
    return notComparable('stop', subject, expected, 'the source remembers no commit after the point');
  const isThere = copy.get(excluded.id) === excluded.at;
  return proofCheck(
    'stop',
    subject,
    !isThere,
    expected,
    `${textOf(excluded)}${isThere ? ', on the copy' : ''}`,
  );
}

/** Who did the damage after the point must not have done it on the copy. */
function culpritChecks(culprit: StopEvidence['culprit'], point: bigint): ProofCheck[] {
  if (culprit === null) return [];
  const { trace, committedOnCopy } = culprit;
  if (epochMicros(trace.committedAt) <= point) return [];
  const subject = `transaction ${trace.xid}, which did the damage`;
  const expected = `not the one that was committed at ${trace.committedAt}`;
  if (committedOnCopy !== null && typeof committedOnCopy === 'object')
    return [notComparable('stop', subject, expected, committedOnCopy.unknown)];
  return [
    proofCheck(
      'stop',
      subject,
      committedOnCopy !== epochMicros(trace.committedAt),
      expected,
      committedOnCopy === null
        ? 'no such commit'
        : `one that was committed at ${timestampOfMicros(committedOnCopy)}`,
    ),
  ];
}

/** Beyond every transaction when one of them remembers nothing. */
function oldestOfBoth(copy: CommitTimes, source: CommitTimes): bigint {
  const oldest = (commits: CommitTimes) =>
    [...commits.keys()].reduce((least, id) => (id < least ? id : least), 2n ** 64n);
  const [ofCopy, ofSource] = [oldest(copy), oldest(source)];
  return ofCopy > ofSource ? ofCopy : ofSource;
}

/** In the order of their stamps. */
function commitsOf(times: CommitTimes): Commit[] {
  return [...times]
    .map(([id, at]) => ({ id, at }))
    .sort((left, right) => (left.at < right.at ? -1 : left.at > right.at ? 1 : 0));
}

function timeOf(commit: Commit | undefined): string | null {
  return commit === undefined ? null : timestampOfMicros(commit.at);
}

function textOf(commit: Commit | undefined): string {
  return commit === undefined ? 'none' : `${timestampOfMicros(commit.at)} (transaction ${commit.id})`;
}

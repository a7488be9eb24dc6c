import { lastSecondBefore } from '../lambda/timestamp.ts';
import type { Baseline } from './baseline.ts';
import { readCommitEvidence } from './commit-evidence.ts';
import { type BrokenRule, type CulpritSearch, findCulprit, type Traces } from './culprit.ts';
import { StatementFailed } from './errors.ts';
import { EvidenceUnavailable } from './evidence-unavailable.ts';
import type { PlatformData } from './platform-data.ts';
import type { DatabaseSession } from './postgres.ts';
import { readWalEvidence } from './wal-evidence.ts';

/** The outcome of a search that could not be made. */
export function nobodyFound(reason: string): CulpritSearch {
  return { culprit: null, suspects: [], reason, proposedPoint: null, preview: null };
}

/** What a search came to, as a sentence. */
export function describeSearch({ culprit, suspects, reason, proposedPoint }: CulpritSearch): string {
  const others =
    suspects.length === 0
      ? ''
      : `. Unusual, too: ${suspects.map(({ xid, committedAt }) => `${xid} at ${committedAt}`).join(', ')}`;
  if (culprit === null) return `Which transaction did damage is not known: ${reason}${others}`;
  const { committedAt, confidence, evidence } = culprit;
  return `${reason}, committed at ${committedAt} (${confidence}, from ${evidence}); proposed: back to ${proposedPoint}${others}`;
}

/** As many fit on a timeline and are of use to a person. */
const MOST_SUSPECTS = 20;

/**
 * Asks the write-ahead log, which says most, and then the commit timestamps, which transaction did the damage. A source that cannot
 * be asked, or knows nobody, is part of the reason.
 * @param since the last sound baseline.
 * @throws {DatabaseUnreachable}
 */
export async function searchCulprit(
  session: DatabaseSession,
  platform: PlatformData,
  brokenRules: readonly BrokenRule[],
  since: Baseline,
): Promise<Omit<CulpritSearch, 'preview'>> {
  const sources: [string, () => Promise<Traces>][] = [
    ['write-ahead log', () => readWalEvidence(session, platform, since)],
    ['commit timestamps', () => readCommitEvidence(session, platform, since)],
  ];
  const reasons: string[] = [];
  let suspects: CulpritSearch['suspects'] = [];
  for (const [name, read] of sources) {
    try {
      const verdict = findCulprit(await read(), brokenRules, platform, since.observedAt);
      if (suspects.length === 0) suspects = verdict.suspects.slice(0, MOST_SUSPECTS);
      const { culprit } = verdict;
      if (culprit !== undefined) {
        return {
          culprit,
          suspects,
          reason: culprit.reason,
          proposedPoint: lastSecondBefore(culprit.committedAt),
        };
      }
      reasons.push(
        brokenRules.length === 0
          ? `${name}: no rule is broken`
          : `${name}: no transaction since ${since.observedAt} explains the damage`,
      );
    } catch (error) {
      if (!(error instanceof EvidenceUnavailable || error instanceof StatementFailed)) throw error;
      reasons.push(`${name}: ${error.message}`);
    }
  }
  return { culprit: null, suspects, reason: reasons.join('; '), proposedPoint: null };
}

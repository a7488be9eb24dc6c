import type { ComparedField } from '../database/instance-comparison.ts';
import { detailOf } from './event-detail.ts';
import type { TimelineEvent } from './timeline-event.ts';

/** How source and copy of the last restore differed, as the report shows it. */
export interface ReportedComparison {
  readonly summary: string;
  readonly comparedAt: string;
  /** What blocked the cut-over comes first. */
  readonly fields: readonly ComparedField[];
  /** S3 key of the whole comparison. */
  readonly key: string | null;
  /** Differences that are there alone. */
  readonly omitted: number;
}

/** The last comparison of a timeline, a refused one too; null when nothing was compared. */
export function comparisonOf(events: readonly TimelineEvent[]): ReportedComparison | null {
  const event = events.findLast(({ type }) => type === 'restore.compared');
  if (event === undefined) return null;
  const { unexplained = [], explained = [], key, omitted } = detailOf(event, 'restore.compared');
  return {
    summary: event.summary,
    comparedAt: event.occurredAt,
    fields: [...unexplained, ...explained],
    key: key ?? null,
    omitted: omitted ?? 0,
  };
}

/** One side of a difference. */
export function sideText(value: ComparedField['source']): string {
  return value === null ? 'none' : String(value);
}

/** Why a field may differ, and what follows from it. */
export function reasonText({ reason, afterwards }: ComparedField): string {
  if (reason === null) return 'Nothing explains it: blocks the cut-over';
  return afterwards === null ? reason : `${reason}. Afterwards: ${afterwards}`;
}

/** What the document in S3 holds beyond the report. */
export function wholeText(omitted: number): string {
  const whole = 'everything that AWS says of both instances';
  return omitted === 0 ? `Kept with ${whole}` : `${omitted} more differences, and ${whole}`;
}

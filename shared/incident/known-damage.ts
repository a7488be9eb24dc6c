import type { IntegrityViolation } from '../assessment/damage.ts';
import type { Culprit } from '../database/culprit.ts';
import { detailOf } from './event-detail.ts';
import type { TimelineEvent } from './timeline-event.ts';

/** What the latest assessment of an incident says of the data. */
export interface KnownDamage {
  /** The last moment at which the data is known to have been sound; undefined when no damage was found. */
  readonly soundUntil: string | undefined;
  /** The rules that are broken; none when no damage was found. */
  readonly violations: readonly IntegrityViolation[];
}

/** Reads it from the timeline. */
export function knownDamage(events: readonly TimelineEvent[]): KnownDamage {
  const assessed = events.findLast(({ type }) => type === 'integrity.assessed');
  const { status, faultNotBefore, faultNotAfter, violations } = detailOf(assessed, 'integrity.assessed');
  if (status !== 'violated') return { soundUntil: undefined, violations: [] };
  return { soundUntil: faultNotBefore ?? faultNotAfter ?? undefined, violations: violations ?? [] };
}

/** The transaction that did the damage, as the last search found it; null when nobody was found. */
export function knownCulprit(events: readonly TimelineEvent[]): Culprit | null {
  const searched = events.findLast(({ type }) => type === 'culprit.searched');
  return detailOf(searched, 'culprit.searched').culprit ?? null;
}

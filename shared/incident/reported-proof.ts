import { PROOF_LAYERS, type ProofCheck } from '../database/proof.ts';
import { durationText } from './duration-text.ts';
import { detailOf } from './event-detail.ts';
import type { TimelineEvent } from './timeline-event.ts';

/** What came of a check, or of a layer. */
export type ProofVerdict = 'passed' | 'failed' | 'not-comparable';

/** How it is said. */
export const PROOF_VERDICTS: Record<ProofVerdict, string> = {
  passed: 'passed',
  failed: 'FAILED',
  'not-comparable': 'not comparable',
};

/** One layer of a proof, as the report sums it up. */
export interface ReportedLayer {
  readonly layer: string;
  /** What the layer is there to show. */
  readonly shows: string;
  /** A layer in which nothing could be compared proves nothing: it has not passed. */
  readonly verdict: ProofVerdict;
  readonly passed: number;
  readonly failed: number;
  readonly notComparable: number;
  /** What failed, and what could not be compared, with the reason. */
  readonly reasons: readonly string[];
  /** Of all the sessions that worked for it; null where nobody measured it. */
  readonly seconds: number | null;
}

/** The proof of the restored copy or of the live service, also one that failed. */
export interface ReportedProof {
  readonly subject: 'restored copy' | 'live service';
  readonly provenAt: string;
  readonly summary: string;
  readonly layers: readonly ReportedLayer[];
  readonly checks: readonly ProofCheck[];
}

const SHOWS: Record<(typeof PROOF_LAYERS)[number], string> = {
  reachable: 'a server out of recovery answers',
  catalog: 'the critical tables, their columns and usable indexes are there',
  amcheck: 'every page is sound, every index is in order and knows every row',
  counts: 'no row is missing, none is too many',
  'latest-trade': 'the newest trade is as new as it must be, and no newer',
  orphans: 'no row points to nothing',
  invariants: 'every declared rule holds',
  fingerprints: 'the content of closed hours is what it was',
  stop: 'the copy ends exactly at the restore point',
};

/** So many reasons of one layer are named; the others stand in the table of all checks. */
const MOST_REASONS = 5;

/** The last proof of the copy and of the service, whether it held or not. */
export function proofsOf(events: readonly TimelineEvent[]): ReportedProof[] {
  const proof = (type: 'restore.verified' | 'service.proven', subject: ReportedProof['subject']) => {
    const event = events.findLast((one) => one.type === type);
    if (event === undefined) return [];
    const { checks, layerTimes } = detailOf(event, type);
    return [
      {
        subject,
        provenAt: event.occurredAt,
        summary: event.summary,
        checks: checks ?? [],
        layers: layersOf(
          checks ?? [],
          new Map((layerTimes ?? []).map(({ layer, seconds }) => [layer, seconds])),
        ),
      },
    ];
  };
  return [...proof('restore.verified', 'restored copy'), ...proof('service.proven', 'live service')];
}

/** What came of one check: one that compared nothing has not passed. */
export function verdictOf({ passed, compared }: ProofCheck): ProofVerdict {
  if (!passed) return 'failed';
  return compared === false ? 'not-comparable' : 'passed';
}

function layersOf(checks: readonly ProofCheck[], times: ReadonlyMap<string, number>): ReportedLayer[] {
  const known: readonly string[] = PROOF_LAYERS;
  const others = checks.map(({ layer }) => layer).filter((layer) => !known.includes(layer));
  return [...known, ...new Set(others)].flatMap((layer) => {
    const ofLayer = checks.filter((check) => check.layer === layer);
    return ofLayer.length === 0 ? [] : [layerOf(layer, ofLayer, times.get(layer) ?? null)];
  });
}

function layerOf(layer: string, checks: readonly ProofCheck[], seconds: number | null): ReportedLayer {
  const of = (verdict: ProofVerdict) => checks.filter((check) => verdictOf(check) === verdict);
  const [passed, failed, notComparable] = [of('passed'), of('failed'), of('not-comparable')];
  const reasons = [...failed, ...notComparable].map(({ subject, found }) => `${subject}: ${found}`);
  return {
    layer,
    shows: SHOWS[layer as keyof typeof SHOWS] ?? '',
    verdict: failed.length > 0 ? 'failed' : passed.length > 0 ? 'passed' : 'not-comparable',
    passed: passed.length,
    failed: failed.length,
    notComparable: notComparable.length,
    reasons:
      reasons.length > MOST_REASONS
        ? [...reasons.slice(0, MOST_REASONS), `${reasons.length - MOST_REASONS} more`]
        : reasons,
    seconds,
  };
}

/** How many checks of a layer came to what, e.g. `12 passed, 1 not comparable`. */
export function countsText({ passed, failed, notComparable }: ReportedLayer): string {
  return [
    [passed, 'passed'],
    [failed, 'failed'],
    [notComparable, 'not comparable'],
  ]
    .flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`]))
    .join(', ');
}

/** What a layer took. */
export function secondsText({ seconds }: ReportedLayer): string {
  return seconds === null ? 'not measured' : durationText(seconds);
}

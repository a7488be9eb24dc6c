import { changeText } from '../database/instance-change.ts';
import { sessionText } from '../database/session-policy.ts';
import { detailOf } from './event-detail.ts';
import { latest } from './event-search.ts';
import type { TimelineEvent } from './timeline-event.ts';

/** How long clients waited for one thing, before and after, in words. */
interface ReportedLatency {
  readonly probe: string;
  readonly before: string;
  readonly after: string;
}

/** What was found out about a slow database, and what became of it. */
export interface ReportedPerformance {
  /** `proven`, `refused` by the measurement, or `open` when nothing was measured afterwards. */
  readonly verdict: 'proven' | 'refused' | 'open';
  readonly summary: string;
  readonly latencies: readonly ReportedLatency[];
  /** What was found and done, one line each: kind and words. */
  readonly facts: readonly { readonly kind: string; readonly text: string }[];
}

/** From the timeline; null when no database was slow. */
export function performanceOf(events: readonly TimelineEvent[]): ReportedPerformance | null {
  const observed = latest(events, 'performance.observed');
  if (observed === undefined) return null;
  const proof = events.findLast(
    ({ type, sequence }) => type === 'database.optimized' && sequence > observed.sequence,
  );
  return {
    verdict: proof === undefined ? 'open' : proof.outcome === 'succeeded' ? 'proven' : 'refused',
    summary: proof?.summary ?? observed.summary,
    latencies: latenciesOf(observed, proof),
    facts: [...foundFacts(observed), ...boundFacts(events), ...doneFacts(events)],
  };
}

function latenciesOf(observed: TimelineEvent, proof: TimelineEvent | undefined): ReportedLatency[] {
  const before = detailOf(observed, 'performance.observed').latency?.probes ?? [];
  const after = detailOf(proof, 'database.optimized').after?.probes ?? [];
  const text = (probe: (typeof before)[number] | undefined) =>
    probe === undefined
      ? 'not measured'
      : (probe.problem ?? `${probe.medianMillis} ms (worst ${probe.worstMillis} ms)`);
  const names = [...new Set([...before, ...after].map(({ name }) => name))];
  return names.map((name) => ({
    probe: name,
    before: text(before.find((probe) => probe.name === name)),
    after: text(after.find((probe) => probe.name === name)),
  }));
}

function foundFacts(observed: TimelineEvent): ReportedPerformance['facts'] {
  const {
    lockChains = [],
    worstQueries,
    bloatedTables = [],
    staleTables = [],
    advice = [],
  } = detailOf(observed, 'performance.observed');
  return [
    ...lockChains.map(({ root, waiting, depth, longestWaitSeconds }) => ({
      kind: 'lock queue',
      text: `pid ${root.pid} (${root.user}, ${root.application || 'no name'}) held ${waiting} sessions up, ${depth} deep, for up to ${longestWaitSeconds.toFixed(1)} s: ${root.query}`,
    })),
    ...(worstQueries?.queries ?? []).map(({ user, calls, meanMillis, totalSeconds, query }) => ({
      kind: 'worst statement',
      text: `${totalSeconds.toFixed(1)} s in ${calls} calls of ${user}, ${meanMillis.toFixed(1)} ms each: ${query}`,
    })),
    ...(typeof worstQueries?.unavailable === 'string'
      ? [{ kind: 'worst statement', text: worstQueries.unavailable }]
      : []),
    ...bloatedTables.map(({ table, deadRows, liveRows }) => ({
      kind: 'bloat',
      text: `${table}: ${deadRows} dead rows beside ${liveRows} living`,
    })),
    ...staleTables.map(({ table, changedRows, analyzedSecondsAgo }) => ({
      kind: 'stale statistics',
      text: `${table}: ${changedRows} rows changed since ${analyzedSecondsAgo === null ? 'ever: never analyzed' : `${Math.round(analyzedSecondsAgo)} s ago`}`,
    })),
    ...advice.map((text) => ({ kind: 'advice', text })),
  ];
}

function boundFacts(events: readonly TimelineEvent[]): ReportedPerformance['facts'] {
  const {
    load,
    findings = [],
    proposal,
    obstacles = [],
  } = detailOf(latest(events, 'headroom.assessed'), 'headroom.assessed');
  const measured = Object.entries(load ?? {}).filter(([, value]) => value !== null);
  return [
    ...findings.map(({ resource, text, metric, limit }) => ({
      kind: `at its limit: ${resource}`,
      text: `${text} (${metric}, limit ${Math.round(limit)})`,
    })),
    ...(measured.length === 0
      ? []
      : [
          {
            kind: 'load',
            text: measured
              .map(([metric, value]) => `${metric} ${Math.round(Number(value) * 10) / 10}`)
              .join(', '),
          },
        ]),
    ...(proposal ? [{ kind: 'would help', text: changeText(proposal) }] : []),
    ...obstacles.map((text) => ({ kind: 'stands in the way', text })),
  ];
}

function doneFacts(events: readonly TimelineEvent[]): ReportedPerformance['facts'] {
  const { ended = [], left = [] } = detailOf(latest(events, 'slow-sessions.ended'), 'slow-sessions.ended');
  const { analyzed = [], notAnalyzed = [] } = detailOf(
    latest(events, 'statistics.refreshed'),
    'statistics.refreshed',
  );
  const { proposal: applied } = detailOf(
    latest(events, 'instance-change.applied'),
    'instance-change.applied',
  );
  return [
    ...(applied === undefined ? [] : [{ kind: 'instance changed', text: changeText(applied) }]),
    ...ended.map((session) => ({ kind: `session ${session.how}`, text: sessionText(session) })),
    ...left.map((session) => ({
      kind: 'session left alone',
      text: `${sessionText(session)}; because ${session.reason}`,
    })),
    ...analyzed.map((text) => ({ kind: 'statistics refreshed', text })),
    ...notAnalyzed.map((text) => ({ kind: 'statistics not refreshed', text })),
  ];
}

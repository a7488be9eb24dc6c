import { describe, expect, test } from 'vitest';
import { incidentReport } from '../../shared/incident/incident-report.ts';
import { reportHtml } from '../../shared/incident/report-html.ts';
import { reportMarkdown } from '../../shared/incident/report-markdown.ts';
import { busySession } from '../database/fixtures/busy-session.ts';
import { CRITICAL_INCIDENT } from './fixtures/critical-incident.ts';
import { type Happening, timelineOf } from './fixtures/timeline-builder.ts';

const probe = (name: string, medianMillis: number | null, problem: string | null = null) => ({
  name,
  required: true,
  medianMillis,
  worstMillis: medianMillis,
  samples: 3,
  problem,
});
const latency = (...probes: ReturnType<typeof probe>[]) => ({
  probes,
  waitingSessions: 0,
  longestWaitSeconds: 0,
  longestBlockingSeconds: 0,
});
const root = busySession(7, { application: 'report | <b>', query: 'LOCK TABLE positions' });
const BEFORE = latency(
  probe('connection', 1500),
  probe('read public.trades', 2000, 'no answer within 2000 ms'),
);
const observed: Happening = {
  at: 1180,
  type: 'performance.observed',
  summary: 'It is slow',
  detail: {
    latency: BEFORE,
    lockChains: [{ root, waiting: 3, depth: 2, longestWaitSeconds: 4.25 }],
    worstQueries: { unavailable: 'pg_stat_statements is not installed', queries: [] },
    advice: ['Memory: more of it'],
  },
};
const slow = { ...root, work: 'blocking', seconds: 12, holdsUp: 3 };
const ended: Happening = {
  at: 1181,
  type: 'slow-sessions.ended',
  detail: { ended: [{ ...slow, how: 'cancelled' }], left: [{ ...slow, pid: 8, reason: 'limit: 1' }] },
};
const proof = (outcome: 'succeeded' | 'refused', at = 1182): Happening => ({
  at,
  type: 'database.optimized',
  outcome,
  summary: 'Measured again',
  detail: { before: BEFORE, after: latency(probe('connection', 12)) },
});
const report = (...happenings: Happening[]) =>
  incidentReport(timelineOf([...CRITICAL_INCIDENT, ...happenings]));

describe('a slow database in the report', () => {
  test('is left out where no database was slow', () => {
    expect(report().performance).toBeNull();
    expect(reportMarkdown(report())).not.toContain('Performance of the database');
  });

  test.each([
    ['open', []],
    ['refused', [proof('refused')]],
    ['proven', [proof('succeeded')]],
    ['proven', [proof('refused'), proof('succeeded', 1183)]],
    ['open', [proof('succeeded', 1170)]],
  ])('is %s by the last measurement after the observation', (verdict, proofs) => {
    const happenings = [observed, ...proofs].toSorted((left, right) => left.at - right.at);
    expect(report(...happenings).performance?.verdict).toBe(verdict);
  });

  test('stands with what clients waited for before and after, what was found and what was done', () => {
    const markdown = reportMarkdown(report(observed, ended, proof('succeeded')));
    expect(markdown).toContain('| connection | 1500 ms (worst 1500 ms) | 12 ms (worst 12 ms) |');
    expect(markdown).toContain('| read public.trades | no answer within 2000 ms | not measured |');
    expect(markdown).toMatch(
      /\| lock queue \| pid 7 .* held 3 sessions up, 2 deep, for up to 4\.3 s: LOCK TABLE/,
    );
    expect(markdown).toContain('| worst statement | pg\\_stat\\_statements is not installed |');
    expect(markdown).toContain('| session cancelled | pid 7 ');
    expect(markdown).toMatch(/\| session left alone \| pid 8 .*because limit: 1 \|/);
    const page = reportHtml(report(observed, ended, proof('succeeded')));
    expect(page).toMatch(/Performance of the database.*fast enough.*1500 ms.*12 ms/s);
    expect(page).not.toContain('report | <b>');
  });

  test('is made of what can be read where an event is damaged', () => {
    const damaged = { ...observed, detail: { ...observed.detail, lockChains: 'lost', staleTables: [{}] } };
    expect(report(damaged).performance?.facts.map(({ kind }) => kind)).toEqual(['worst statement', 'advice']);
  });
});

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Rehearsal } from '../../infra/local/drill/judge.ts';
import { knownScenarios, loadScenario } from '../../infra/local/drill/load-scenario.ts';
import { runDrill } from '../../infra/local/drill/run-drill.ts';
import type { Grant } from '../../infra/local/front-door/permission-ledger.ts';
import { detailFaults, detailOf } from '../../shared/incident/event-detail.ts';
import { findChainFaults, type TimelineEvent } from '../../shared/incident/timeline-event.ts';
import { justifiedGrants } from './justified-grants.ts';
import { ONCE, TIMELINES } from './timelines.ts';

const root = resolve(import.meta.dirname, '..', '..');
const DRILL_MILLIS = 300_000;
const rehearsals = new Map<string, Rehearsal>();

describe('the whole procedure', () => {
  test.each(knownScenarios(join(root, 'test', 'drills')))(
    '%s goes as its scenario expects, and its timeline tells it',
    async (name) => {
      const rehearsal = await runDrill(
        loadScenario(name, { directory: join(root, 'test', 'drills'), workingDirectory: root }),
        {
          root,
          logDirectory: mkdtempSync(join(tmpdir(), `drill-${name}-`)),
          progress: { phase: () => undefined, note: () => undefined, end: async () => undefined },
          signal: new AbortController().signal,
        },
      );
      rehearsals.set(name, rehearsal);
      const { result, documents } = rehearsal;
      expect(result.problems).toEqual([]);
      expect(result.passed).toBe(true);
      const { timeline } = documents;
      expect(findChainFaults(timeline)).toEqual([]);
      expect(timeline.flatMap(detailFaults)).toEqual([]);
      expect(repeated(timeline)).toEqual([]);
      expect(inOrder(timeline, TIMELINES[name] ?? [])).toEqual(TIMELINES[name]);
      expect(documents.html === undefined).toBe(timeline.length === 0);
    },
    DRILL_MILLIS,
  );

  test('restores once, although RDS fails before and after it has done what was asked', () => {
    const { databases } = resultOf('restore-fails-once');
    expect(databases).toHaveLength(2);
    expect(databases.filter((identifier) => identifier.includes('-replaced-'))).toHaveLength(1);
  });

  test.each([
    ['row-lost-silently', ['counts', 'fingerprints']],
    ['row-changed-silently', ['fingerprints']],
    ['copy-corrupted-page', ['amcheck']],
  ])('sees %s by nothing but %s', (name, layers) => {
    const failed = rehearsals.get(name)?.documents.timeline.find(({ type }) => type === 'step.failed');
    const { error, message } = detailOf(failed, 'step.failed');
    expect(error).toBe('VerificationFailed');
    const named = [...(message ?? '').matchAll(/(?:: |; )([a-z-]+) [^;]*?: expected/g)].map(
      ([, layer]) => layer,
    );
    expect([...new Set(named)]).toEqual(layers);
    expect(resultOf(name).databases.filter((identifier) => identifier.includes('-replaced-'))).toEqual([]);
  });

  test('heals a damaged page by a copy whose pages are sound', () => {
    const timeline = rehearsals.get('corrupted-page')?.documents.timeline ?? [];
    const assessed = timeline.find(({ type }) => type === 'integrity.assessed');
    expect(detailOf(assessed, 'integrity.assessed').violations).toContainEqual(
      expect.objectContaining({ rule: 'UnreadableTable', subject: 'public.trades' }),
    );
    const { checks = [] } = detailOf(
      timeline.find(({ type }) => type === 'restore.verified'),
      'restore.verified',
    );
    expect(checks.filter(({ subject }) => subject.startsWith('public.trades'))).not.toEqual([]);
  });

  test.each(['bad-delete', 'bad-delete-aurora', 'bad-update', 'truncate', 'dropped-table', 'corrupted-page'])(
    '%s: the copy stands between its newest commit and the first that was left out',
    (name) => {
      const timeline = rehearsals.get(name)?.documents.timeline ?? [];
      const { checks = [] } = detailOf(
        timeline.find(({ type }) => type === 'restore.verified'),
        'restore.verified',
      );
      const stop = checks.filter(({ layer }) => layer === 'stop');
      expect(stop.filter(({ compared }) => compared !== false).map(({ subject }) => subject)).toEqual(
        expect.arrayContaining(['newest commit', 'commits before the point', 'first excluded commit']),
      );
    },
  );

  test.each([
    'cut-over-fails',
    'cutover-fails-and-rolls-back',
    'cutover-fails-and-rolls-back-aurora',
    'proxy-cutover-rolls-back',
  ])('gives the source its name back when the cut-over fails: %s', (name) => {
    const { databases } = resultOf(name);
    expect(databases).toContain('testudo-production');
    expect(databases.filter((identifier) => identifier.includes('-replaced-'))).toEqual([]);
  });

  test.each(['wal-missing', 'wal-corrupt'])('%s: never takes a truncated copy for the database', (name) => {
    const { result, documents } = rehearsals.get(name) ?? {};
    expect(result?.databases).toEqual([
      'testudo-production',
      expect.stringMatching(/^testudo-production-restored-/),
    ]);
    const types = documents?.timeline.map(({ type }) => type);
    expect(types?.filter((type) => type.startsWith('cut-over.') || type === 'restore.verified')).toEqual([]);
    const failure = documents?.timeline.find(({ type }) => type === 'step.failed');
    expect(failure?.detail).toMatchObject({
      error: 'DatabaseInstanceFailed',
      message: expect.stringContaining('incompatible-restore'),
    });
  });

  test('refuses the cut-over for each thing that the copy lost, and touches neither instance', () => {
    const timeline = rehearsals.get('difference-blocks-cutover')?.documents.timeline ?? [];
    const refused = timeline.find(({ type }) => type === 'restore.compared');
    expect(refused?.outcome).toBe('refused');
    const unexplained = detailOf(refused, 'restore.compared').unexplained ?? [];
    expect(unexplained.map(({ field }) => field)).toEqual(
      expect.arrayContaining([
        'instance.DBParameterGroups[platform-postgres18].DBParameterGroupName',
        'instance.EnabledCloudwatchLogsExports[postgresql]',
        'parameters.log_min_duration_statement',
        'tags.platform',
      ]),
    );
    expect(timeline.filter(({ type }) => type.startsWith('cut-over.'))).toEqual([]);
    expect(resultOf('difference-blocks-cutover').databases).toEqual([
      'testudo-production',
      expect.stringMatching(/^testudo-production-restored-/),
    ]);
  });

  test('heals a copy that came up without the security group of its source', () => {
    const timeline = rehearsals.get('copy-lacks-security-group')?.documents.timeline ?? [];
    const configured = timeline.find(({ type }) => type === 'restore.configured');
    expect(configured?.detail.changed).toContain('VpcSecurityGroupIds');
    const compared = timeline.find(({ type }) => type === 'restore.compared');
    expect(detailOf(compared, 'restore.compared').unexplained).toEqual([]);
  });

  test('makes nothing under a storage key that is disabled, and says so', () => {
    expect(resultOf('storage-key-disabled').databases).toEqual(['testudo-production']);
    expect(failureIn('storage-key-disabled')).toMatch(
      /RestorePreflightFailed: .*storage-key: expected .*, found a key that is Disabled$/,
    );
  });

  test('switches off what wakes up on a copy, and nothing on the source', () => {
    const timeline = rehearsals.get('copy-wakes-up')?.documents.timeline ?? [];
    expect(timeline.find(({ type }) => type === 'restore.copy-quieted')?.detail.found).toEqual([
      { kind: 'job', name: 'close-day', state: 'quieted' },
      { kind: 'subscription', name: 'prices', state: 'quieted' },
    ]);
  });

  test('gives the copy of an Aurora cluster a writer, then its reader, then what a restore left out', () => {
    const timeline = rehearsals.get('bad-delete-aurora')?.documents.timeline ?? [];
    const adjusted = timeline.filter(({ type }) => type === 'restore.copy-adjusted');
    expect(adjusted.map(({ detail }) => detail.changed)).toEqual([
      [expect.stringMatching(/^member .*-member-1$/)],
      [expect.stringMatching(/^member .*-member-2$/)],
      ['cluster.PreferredMaintenanceWindow'],
    ]);
  });

  test('restarts a copy that runs without its parameter group, once and before it is proven', () => {
    const timeline = rehearsals.get('copy-awaits-restart')?.documents.timeline ?? [];
    const adjusted = timeline.filter(({ type }) => type === 'restore.copy-adjusted');
    expect(adjusted.map(({ detail }) => detail.move)).toEqual(['modify', 'restart']);
    const configured = timeline.find(({ type }) => type === 'restore.configured');
    expect(configured?.detail.restarts).toBe(1);
    const compared = timeline.find(({ type }) => type === 'restore.compared');
    expect(detailOf(compared, 'restore.compared').unexplained).toEqual([]);
  });

  test('makes nothing for a restore point before all backups, and says from when to when RDS can restore', () => {
    expect(resultOf('target-too-early').databases).toEqual(['testudo-production']);
    expect(failureIn('target-too-early')).toMatch(
      /restorePoint: 2025-01-31.*RDS can restore from \d{4}-.* to \d{4}-/,
    );
  });

  test('never uses a copy that still holds the damage', () => {
    expect(resultOf('target-too-late').databases.filter((name) => name.includes('-replaced-'))).toEqual([]);
    expect(failureIn('target-too-late')).toMatch(/VerificationFailed: .*orphans user_sessions\.user_id/);
  });

  test('honours the offset of a restore point exactly', () => {
    const timeline = rehearsals.get('wrong-time-zone')?.documents.timeline ?? [];
    const { startedAt, seconds } = resultOf('wrong-time-zone');
    const firstFaultAtMillis =
      Date.parse(startedAt) + Math.round((seconds.start + seconds.untilFault) * 1000);
    expect(timeline.find(({ type }) => type === 'restore-point.chosen')?.detail).toMatchObject({
      basis: 'operator',
      chosenAt: new Date(firstFaultAtMillis - 1000).toISOString(),
    });
  });

  test('takes the restore point that a person gives when it is proposed, and says who and why', () => {
    const timeline = rehearsals.get('restore-point-given-later')?.documents.timeline ?? [];
    const chosen = timeline.filter(({ type }) => type === 'restore-point.chosen');
    expect(chosen.map(({ detail }) => detail.basis)).toEqual(['operator']);
    expect(chosen[0]?.summary).toMatch(
      /alice asked for .* \(I saw it happen\)\. Lost would be [1-9]\d* transactions/,
    );
    const { proposal } = detailOf(
      timeline.find(({ type }) => type === 'restore-point.proposed'),
      'restore-point.proposed',
    );
    expect(proposal).toMatchObject({ basis: 'culprit', preview: { rows: expect.any(Object) } });
  });

  test('takes a restore point that comes with another signal, although no rule is broken', () => {
    const timeline = rehearsals.get('restore-point-joins')?.documents.timeline ?? [];
    expect(timeline.filter(({ type }) => type === 'restore-point.requested')).toMatchObject([
      { outcome: 'succeeded' },
    ]);
    expect(timeline.find(({ type }) => type === 'strategy.selected')?.summary).toContain(
      'An operator gave the restore point',
    );
    expect(timeline.find(({ type }) => type === 'restore-point.chosen')?.detail.basis).toBe('operator');
  });

  test('lets nobody resume while the exchanges hold what the database does not know, and names it', () => {
    const timeline = rehearsals.get('positions-differ')?.documents.timeline ?? [];
    const compared = timeline.find(({ type }) => type === 'positions.compared');
    expect(compared?.outcome).toBe('refused');
    const { comparison } = detailOf(compared, 'positions.compared');
    expect(comparison?.differences.length).toBeGreaterThan(0);
    expect(comparison?.unknown).toEqual([]);
    expect(timeline.filter(({ type }) => type === 'approval.requested')).toEqual([]);
    expect(rehearsals.get('positions-differ')?.documents.html).toContain('Positions on the exchanges');
  });

  test('puts such positions before whoever approves, where the configuration asks people', () => {
    for (const name of ['truncate', 'bad-update']) {
      const timeline = rehearsals.get(name)?.documents.timeline ?? [];
      const request = timeline.find(({ type }) => type === 'approval.requested');
      const { mind } = detailOf(request, 'approval.requested');
      expect(mind, name).toContainEqual(expect.stringMatching(/ on the exchange, .* in the database/));
    }
  });

  test('counts whoever started the incident only where there is nothing to mind', () => {
    const requestOf = (name: string) =>
      detailOf(
        rehearsals.get(name)?.documents.timeline.find(({ type }) => type === 'approval.requested'),
        'approval.requested',
      );
    expect(requestOf('wrong-time-zone')).toMatchObject({ given: ['alice'], mind: [] });
    expect(requestOf('bad-prices')).toMatchObject({ given: [] });
    expect(requestOf('bad-prices').mind).not.toEqual([]);
  });

  test('finds exchanges and database equal where nothing was restored', () => {
    const timeline = rehearsals.get('emergency-halt')?.documents.timeline ?? [];
    const compared = timeline.find(({ type }) => type === 'positions.compared');
    expect(detailOf(compared, 'positions.compared').comparison).toMatchObject({
      differences: [],
      unknown: [],
    });
  });

  test('says on the timeline which of the first steps failed', () => {
    const failed = rehearsals
      .get('messages-fail')
      ?.documents.timeline.filter(({ type }) => type === 'step.failed');
    // ActivateIncident may write nothing in this drill, not even its failure.
    expect(new Set(failed?.map(({ actor }) => actor.id))).toEqual(
      new Set([
        'NotifyEmergencyContacts',
        'CollectPlatformDiagnostics',
        'CollectDatabaseDiagnostics',
        'SendUserNotice',
      ]),
    );
  });

  test('frees a slow database of the report that locks it, by cancelling alone, and measures that it helped', () => {
    const timeline = rehearsals.get('slow-database')?.documents.timeline ?? [];
    const observed = detailOf(
      timeline.find(({ type }) => type === 'performance.observed'),
      'performance.observed',
    );
    expect(observed.lockChains?.[0]).toMatchObject({ root: { application: 'monthly-report' } });
    expect(observed.latency?.waitingSessions).toBeGreaterThan(0);
    const { ended } = detailOf(
      timeline.find(({ type }) => type === 'slow-sessions.ended'),
      'slow-sessions.ended',
    );
    expect(ended).toEqual([expect.objectContaining({ application: 'monthly-report', how: 'cancelled' })]);
    const { before, after } = detailOf(
      timeline.find(({ type }) => type === 'database.optimized'),
      'database.optimized',
    );
    expect(before?.longestBlockingSeconds).toBeGreaterThan(2);
    expect(after?.longestBlockingSeconds).toBeLessThanOrEqual(2);
  });

  test('ends nobody whom the policy protects, tells people who it is, and stays unproven', () => {
    const timeline = rehearsals.get('protected-session')?.documents.timeline ?? [];
    const { ended, left } = detailOf(
      timeline.find(({ type }) => type === 'slow-sessions.ended'),
      'slow-sessions.ended',
    );
    expect(ended).toEqual([]);
    expect(left).toEqual([
      expect.objectContaining({
        application: 'settlement',
        reason: 'protectedApplications names settlement',
      }),
    ]);
    const handedOver = timeline.find(({ type }) => type === 'incident.handed-over');
    expect(detailOf(handedOver, 'incident.handed-over')).toMatchObject({
      reason: 'PerformanceNotRestored',
      message: expect.stringMatching(/left alone: pid \d+ \(trading_app, settlement\)/),
    });
    expect(timeline.filter(({ type }) => type === 'trading.halted')).toEqual([]);
  });

  test('gives a database that is too small a larger class when people agree, and measures that it helped', () => {
    const timeline = rehearsals.get('database-too-small')?.documents.timeline ?? [];
    const requested = timeline.find(({ type }) => type === 'instance-change.requested');
    expect(requested?.summary).toMatch(
      /while trading is ACTIVE: class db\.m7g\.large to db\.m7g\.xlarge; .*restart/,
    );
    const proofs = timeline.filter(({ type }) => type === 'database.optimized');
    expect(proofs.map(({ outcome }) => outcome)).toEqual(['refused', 'succeeded']);
    const { before, after } = detailOf(proofs.at(-1), 'database.optimized');
    const connection = (measured: typeof before) =>
      measured?.probes.find(({ name }) => name === 'connection')?.medianMillis;
    expect(connection(before)).toBeGreaterThan(1000);
    expect(connection(after)).toBeLessThanOrEqual(1000);
    expect(timeline.filter(({ type }) => type === 'trading.halted')).toEqual([]);
  });

  test('changes nothing when people refuse, and tells them what is at its limit', () => {
    const timeline = rehearsals.get('change-refused')?.documents.timeline ?? [];
    expect(timeline.filter(({ type }) => type === 'instance-change.applied')).toEqual([]);
    const handedOver = timeline.find(({ type }) => type === 'incident.handed-over');
    expect(detailOf(handedOver, 'incident.handed-over')).toMatchObject({
      reason: 'PerformanceNotRestored',
      message: expect.stringContaining('the processor is busy to 99 %'),
    });
  });

  test('lets no order pass long after the halt', () => {
    for (const { result } of rehearsals.values()) {
      expect(result.orders.haltToLastOrderMillis ?? 0, result.scenario).toBeLessThan(2000);
    }
  });
});

describe('least privilege', () => {
  test('no function was refused anything in any drill', () => {
    expect([...rehearsals.values()].flatMap(({ result }) => result.deniedCalls)).toEqual([]);
  });

  test('every permission of the template was used in some drill, or has a written reason', () => {
    const all = [...rehearsals.values()].map(grantsOf);
    const names = new Set(all.flatMap((grants) => [...grants.keys()]));
    // Environments differ in what they grant: only those that grant it can use it.
    const unused = [...names].filter((name) => !all.some((grants) => grants.get(name)));
    const justified = new Set(justifiedGrants.map(({ grant }) => grant));
    expect(unused.filter((grant) => !justified.has(grant)).sort()).toEqual([]);
  });

  test('no written reason is for a permission that is used, or that nobody has', () => {
    const all = [...rehearsals.values()].map(grantsOf);
    const idle = justifiedGrants.filter(({ grant, dependsOnTiming }) => {
      const having = all.filter((grants) => grants.has(grant));
      return having.length === 0 || (!dependsOnTiming && having.some((grants) => grants.get(grant)));
    });
    expect(idle).toEqual([]);
  });
});

afterAll(() => rehearsals.clear());

function resultOf(name: string): Rehearsal['result'] {
  const rehearsal = rehearsals.get(name);
  if (rehearsal === undefined) throw new Error(`${name} was not rehearsed`);
  return rehearsal.result;
}

/** The first step that failed, as the timeline has it. */
function failureIn(name: string): string | undefined {
  return rehearsals.get(name)?.documents.timeline.find(({ type }) => type === 'step.failed')?.summary;
}

/** `StartRestore rds:RestoreDBInstanceToPointInTime`: the role by the construct that has it. */
function grantName({ label, action }: Grant): string {
  const owner = label.replace(/(Role|ServiceRole).*$/, '').replace(/^StateMachines/, '');
  return `${owner.replace(/\[\d+\]$/, '')} ${action}`;
}

/** What was granted, and whether all of it was used; operators share one policy, and one of them is enough. */
function grantsOf({ permissions }: Rehearsal): Map<string, boolean> {
  const grants = new Map<string, boolean>();
  for (const grant of permissions.grants) {
    const { principal, used } = grant;
    if (principal.includes(':user/') && !principal.endsWith('/alice')) continue;
    grants.set(grantName(grant), used && (grants.get(grantName(grant)) ?? true));
  }
  return grants;
}

/** Steps that are on the timeline twice. Whoever takes up a cut-over goes through it anew, and says so. */
function repeated(timeline: readonly TimelineEvent[]): string[] {
  const seen = new Set<string>();
  return timeline.flatMap(({ type }) => {
    if (type === 'cut-over.taken-up') seen.clear();
    if (!ONCE.has(type)) return [];
    if (seen.has(type)) return [type];
    seen.add(type);
    return [];
  });
}

/** The wanted types as far as the timeline has them in this order. */
function inOrder(timeline: readonly TimelineEvent[], wanted: readonly TimelineEvent['type'][]): string[] {
  let next = 0;
  for (const { type } of timeline) {
    if (type === wanted[next]) next += 1;
  }
  return wanted.slice(0, next);
}

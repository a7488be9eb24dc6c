import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dynamodbOpenIncidents } from '../../shared/incident/dynamodb-open-incident.ts';
import { dynamodbTimeline } from '../../shared/incident/dynamodb-timeline.ts';
import type { Incident } from '../../shared/incident/incident.ts';
import { openIncident } from '../../shared/incident/open-incident.ts';
import type { Signal } from '../../shared/incident/signal.ts';
import type { Timeline } from '../../shared/incident/timeline.ts';
import type { TimelineEvent } from '../../shared/incident/timeline-event.ts';
import {
  type RecoveryStandIns,
  startRecoveryStandIns,
  steppingClock,
} from '../fixtures/recovery-stand-ins.ts';

let standIns: RecoveryStandIns;
let open: Incident | undefined;
beforeAll(async () => {
  standIns = await startRecoveryStandIns();
});
afterAll(() => standIns.close());
beforeEach(async () => {
  if (open !== undefined) await incidents().close(open.incidentId);
  open = undefined;
});

const clock = steppingClock('2026-01-31T03:05:08.000Z');
const incidents = () => dynamodbOpenIncidents(standIns.controlTable);
const timeline = () => dynamodbTimeline(standIns.timelineTable, clock);
const signal = (origin: string, severity: Signal['severity'] = 'P0'): Signal => ({
  source: 'alarm',
  severity,
  summary: `Alarm ${origin}`,
  initiator: { kind: 'machine', id: 'alarm' },
  detectedAt: '2026-01-31T03:05:06.500Z',
  restorePoint: null,
  origin,
  detail: {},
});
async function send(
  origin: string,
  executionId: string,
  severity?: Signal['severity'],
  events: Timeline = timeline(),
  source: Signal['source'] = 'alarm',
  restorePoint: string | null = null,
) {
  const incident = await openIncident(
    { ...signal(origin, severity), source, restorePoint },
    executionId,
    clock.now().toISOString(),
    {
      incidents: incidents(),
      timeline: events,
    },
  );
  open = incident;
  return incident;
}
const types = async (incidentId: string) => (await timeline().read(incidentId)).map(({ type }) => type);

describe('opening an incident', () => {
  it('starts its timeline with detection and opening, once, however often it is repeated', async () => {
    const first = await send('a1', 'execution-1');
    const again = await send('a1', 'execution-1');
    expect(again).toEqual(first);
    expect(first.lead).toBe(true);
    expect(await types(first.incidentId)).toEqual(['incident.detected', 'incident.opened']);
  });

  it('attaches a second signal to the open incident, which it does not lead', async () => {
    const first = await send('b1', 'execution-1');
    const second = await send('b2', 'execution-2');
    expect(second).toMatchObject({ incidentId: first.incidentId, lead: false, severity: 'P0' });
    expect(await types(first.incidentId)).toEqual([
      'incident.detected',
      'incident.opened',
      'incident.signal-attached',
    ]);
  });

  it('lets an operator take up what was handed over to people, and no alarm', async () => {
    const first = await send('h1', 'execution-1');
    await timeline().append({
      incidentId: first.incidentId,
      key: 'hand-over',
      type: 'incident.handed-over',
      occurredAt: clock.now().toISOString(),
      actor: { kind: 'machine', id: 'HandOverToPeople' },
      step: '3',
      outcome: 'succeeded',
      summary: 'Handed over',
      detail: { reason: 'VerificationFailed', tasks: [] },
    });
    expect(await send('h2', 'execution-2')).toMatchObject({ lead: false });
    const taken = await send('h3', 'execution-3', 'P0', timeline(), 'operator');
    expect(taken).toMatchObject({ lead: true, incidentId: first.incidentId });
    expect(await send('h3', 'execution-3', 'P0', timeline(), 'operator')).toMatchObject({ lead: true });
  });

  it('notes an alarm that flaps once', async () => {
    const first = await send('g1', 'execution-1');
    await send('g2', 'execution-2');
    await send('g3', 'execution-3');
    expect(await types(first.incidentId)).toEqual([
      'incident.detected',
      'incident.opened',
      'incident.signal-attached',
    ]);
  });

  it('lets a graver signal raise the severity and lead, and a milder one not lower it', async () => {
    const first = await send('c1', 'execution-1', 'P1');
    const graver = await send('c2', 'execution-2', 'P0');
    const milder = await send('c3', 'execution-3', 'P2');
    expect(graver).toMatchObject({ incidentId: first.incidentId, severity: 'P0', lead: true });
    expect(await send('c2', 'execution-2', 'P0')).toMatchObject({ severity: 'P0', lead: true });
    expect(milder).toMatchObject({ severity: 'P0', lead: false });
  });

  it('opens one incident when ten signals arrive at once', async () => {
    const all = await Promise.all(
      Array.from({ length: 10 }, (_, index) => send(`d${index}`, `execution-${index}`)),
    );
    expect(new Set(all.map(({ incidentId }) => incidentId)).size).toBe(1);
    expect(all.filter(({ lead }) => lead)).toHaveLength(1);
  });

  it('refuses a late duplicate of a signal whose incident is closed', async () => {
    const first = await send('e1', 'execution-1');
    await timeline().append({
      incidentId: first.incidentId,
      key: 'close',
      type: 'incident.closed',
      occurredAt: clock.now().toISOString(),
      actor: { kind: 'machine', id: 'CloseIncident' },
      step: '-',
      outcome: 'succeeded',
      summary: 'Closed',
      detail: {},
    });
    await incidents().close(first.incidentId);
    await expect(send('e1', 'execution-2')).rejects.toMatchObject({ name: 'DuplicateSignal' });
  });

  it('opens even when the timeline cannot be written: nothing may keep trading from being halted', async () => {
    const broken: Timeline = {
      append: () => Promise.reject(new Error('no table')),
      read: () => Promise.reject(new Error('no table')),
    };
    expect(await send('f1', 'execution-1', 'P0', broken)).toMatchObject({ lead: true, severity: 'P0' });
  });
});

describe('a restore point that comes with a signal for an open incident', () => {
  const POINT = '2026-01-31T03:01:00Z';
  const say = (incidentId: string, type: TimelineEvent['type'], detail: Record<string, unknown>) =>
    timeline().append({
      incidentId,
      key: `${type}/${JSON.stringify(detail)}`,
      type,
      occurredAt: clock.now().toISOString(),
      actor: { kind: 'machine', id: 'Test' },
      step: '-',
      outcome: 'succeeded',
      summary: type,
      detail,
    });
  const ask = (execution: string) => send(execution, execution, 'P0', timeline(), 'operator', POINT);
  const requests = async (incidentId: string) =>
    (await timeline().read(incidentId)).filter(({ type }) => type === 'restore-point.requested');

  it('is asked of the execution that leads, once, however often it is repeated', async () => {
    const { incidentId } = await send('p1', 'execution-1');
    expect(await ask('p2')).toMatchObject({ incidentId, lead: false, pointTooLate: false });
    expect(await ask('p2')).toMatchObject({ pointTooLate: false });
    expect(await requests(incidentId)).toMatchObject([
      { outcome: 'succeeded', detail: { restorePoint: POINT, name: 'alarm', reason: 'Alarm p2' } },
    ]);
  });

  it.each([
    [
      'a restore point is chosen',
      'restore-point.chosen',
      { restorable: true, restoreTime: '2026-01-31T03:04:00Z' },
      'the restore to 2026-01-31T03:04:00Z has been decided on',
    ],
    [
      'nothing is restored',
      'strategy.selected',
      { databaseRecovery: 'none' },
      'the response restores nothing',
    ],
  ] as const)('is told to have come too late once %s', async (_what, type, detail, why) => {
    const { incidentId } = await send(`q-${type}`, 'execution-1');
    await say(incidentId, type, detail);
    expect(await ask(`r-${type}`)).toMatchObject({ lead: false, pointTooLate: true });
    const [, late] = await requests(incidentId);
    expect(late).toMatchObject({ outcome: 'refused' });
    expect(late?.summary).toContain(why);
    expect(late?.summary).toContain(
      `start database-recovery with {"incidentId":"${incidentId}","branch":"point-in-time-restore","restorePoint":"${POINT}"}`,
    );
  });

  it('is in time while the chosen point waits for the logs of RDS', async () => {
    const { incidentId } = await send('s1', 'execution-1');
    await say(incidentId, 'strategy.selected', { databaseRecovery: 'point-in-time-restore' });
    await say(incidentId, 'restore-point.chosen', { restorable: false });
    expect(await ask('s2')).toMatchObject({ pointTooLate: false });
  });

  it('leads, and is no request, when the incident was handed over to people', async () => {
    const { incidentId } = await send('t1', 'execution-1');
    await say(incidentId, 'restore-point.chosen', { restorable: true });
    await say(incidentId, 'incident.handed-over', { reason: 'VerificationFailed', tasks: [] });
    expect(await ask('t2')).toMatchObject({ lead: true, restorePoint: POINT, pointTooLate: false });
    expect(await requests(incidentId)).toEqual([]);
  });

  it('that cannot be written is never believed to be used', async () => {
    await send('u1', 'execution-1');
    const broken: Timeline = {
      append: () => Promise.reject(new Error('no table')),
      read: () => Promise.reject(new Error('no table')),
    };
    expect(await send('u2', 'u2', 'P0', broken, 'operator', POINT)).toMatchObject({ pointTooLate: true });
  });
});

import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { dynamodbOpenIncidents } from '../../shared/incident/dynamodb-open-incident.ts';
import { dynamodbTimeline } from '../../shared/incident/dynamodb-timeline.ts';
import type { Incident } from '../../shared/incident/incident.ts';
import { dynamodb } from '../../shared/lambda/dynamodb.ts';
import { TRADING_STATE_KEY } from '../../shared/trading/dynamodb-trading-state-reader.ts';
import type { TradingControlRecord, TradingState } from '../../shared/trading/trading-state.ts';
import {
  type RecoveryStandIns,
  startRecoveryStandIns,
  steppingClock,
} from '../fixtures/recovery-stand-ins.ts';

const clock = steppingClock('2026-03-14T10:00:00.000Z');
let standIns: RecoveryStandIns;
beforeAll(async () => {
  standIns = await startRecoveryStandIns();
  vi.stubEnv('TIMELINE_TABLE', standIns.timelineTable);
  vi.stubEnv('CONTROL_TABLE', standIns.controlTable);
  await storeTradingState('ACTIVE');
});

function storeTradingState(state: TradingState) {
  const record: TradingControlRecord = {
    state,
    epoch: 1,
    changedAt: '2026-03-14T09:30:00.000Z',
    changedBy: { kind: 'machine', id: 'test' },
    reason: 'test',
    incidentId: null,
  };
  return dynamodb().send(
    new PutCommand({ TableName: standIns.controlTable, Item: { ...TRADING_STATE_KEY, ...record } }),
  );
}
afterAll(() => standIns.close());

const incident = (digit: string): Incident => ({
  incidentId: `INC-20260314-${digit.repeat(8)}`,
  severity: 'P1',
  summary: 'Orders are slow',
  source: 'alarm',
  initiator: { kind: 'machine', id: 'alarm' },
  detectedAt: '2026-03-14T09:00:00Z',
  openedAt: '2026-03-14T09:00:02Z',
  restorePoint: null,
  lead: true,
});

const opened = ({ incidentId, ...rest }: Incident) => ({
  incidentId,
  key: 'execution/OpenIncident',
  type: 'incident.opened' as const,
  occurredAt: rest.openedAt,
  actor: rest.initiator,
  step: '1.5',
  outcome: 'succeeded' as const,
  summary: rest.summary,
  detail: { incident: { incidentId, ...rest } },
});

async function close(incidentId: string) {
  const { handler } = await import('../../functions/incident/close-incident.ts');
  return handler({ incidentId, executionId: 'execution' }, {} as never);
}

const stores = () => ({
  incidents: dynamodbOpenIncidents(standIns.controlTable),
  timeline: dynamodbTimeline(standIns.timelineTable, clock),
});

describe('closing an incident', () => {
  test('is refused while trading stands still', async () => {
    const { incidents, timeline } = stores();
    const ours = incident('9');
    await incidents.openOrFind(ours, 'execution');
    await timeline.append(opened(ours));
    await storeTradingState('HALTED');
    await expect(close(ours.incidentId)).rejects.toMatchObject({ name: 'TradingHaltedAgain' });
    expect((await incidents.read())?.incident).toEqual(ours);
    await storeTradingState('ACTIVE');
    expect(await close(ours.incidentId)).toEqual({ incident: ours });
  });

  test('forgets the open incident, gives it back for the last notice, and says so once however often it is repeated', async () => {
    const { incidents, timeline } = stores();
    const ours = incident('a');
    await incidents.openOrFind(ours, 'execution');
    await timeline.append(opened(ours));
    expect(await close(ours.incidentId)).toEqual({ incident: ours });
    expect(await close(ours.incidentId)).toEqual({ incident: ours });
    expect(await incidents.read()).toBeUndefined();
    const events = await timeline.read(ours.incidentId);
    expect(events.map(({ type }) => type)).toEqual(['incident.opened', 'incident.closed']);
  });

  test('leaves an incident open that was opened since', async () => {
    const { incidents, timeline } = stores();
    const [ours, next] = [incident('b'), incident('c')];
    await timeline.append(opened(ours));
    await incidents.openOrFind(next, 'execution');
    await close(ours.incidentId);
    expect((await incidents.read())?.incident).toEqual(next);
    await incidents.close(next.incidentId);
  });

  test('knows the incident from the open record when its opening could not be written', async () => {
    const { incidents } = stores();
    const ours = incident('d');
    await incidents.openOrFind(ours, 'execution');
    expect(await close(ours.incidentId)).toEqual({ incident: ours });
  });

  test('gives the severity that the incident was raised to', async () => {
    const { timeline } = stores();
    const ours = incident('e');
    await timeline.append(opened(ours));
    await timeline.append({
      ...opened(ours),
      key: 'execution/raised',
      type: 'incident.severity-raised',
      detail: { severity: 'P0' },
    });
    expect(await close(ours.incidentId)).toMatchObject({ incident: { severity: 'P0' } });
  });

  test('refuses an incident that nobody knows', async () => {
    await expect(close('INC-20260314-ffffffff')).rejects.toMatchObject({ name: 'IncidentUnknown' });
  });
});

describe('GET /incidents/{id}', () => {
  async function get(id: string) {
    const { handler } = await import('../../functions/incident/get-incident.ts');
    const { statusCode, headers, body } = await handler({
      pathParameters: { id },
      headers: {},
      body: null,
      isBase64Encoded: false,
      requestContext: { requestId: 'request-1', identity: { userArn: null, sourceIp: '127.0.0.1' } },
    } as never);
    return { statusCode, type: headers?.['Content-Type'], body: JSON.parse(body) as Record<string, unknown> };
  }

  test('shows how the incident stands, with its timeline', async () => {
    const ours = incident('1');
    await stores().timeline.append(opened(ours));
    const { statusCode, body } = await get(ours.incidentId);
    expect(statusCode).toBe(200);
    expect(body).toMatchObject({
      incidentId: ours.incidentId,
      status: 'open',
      severity: 'P1',
      nextSteps: [],
    });
    expect(body.timeline).toHaveLength(1);
  });

  test('answers an unknown incident with a problem, not with an empty view', async () => {
    expect(await get('INC-20260314-eeeeeee0')).toMatchObject({
      statusCode: 404,
      type: 'application/problem+json',
      body: { title: 'IncidentUnknown' },
    });
  });

  test('names the field when the id is none', async () => {
    expect(await get('../secrets')).toMatchObject({
      statusCode: 400,
      body: { title: 'InvalidInput', errors: [{ field: 'path.id' }] },
    });
  });
});

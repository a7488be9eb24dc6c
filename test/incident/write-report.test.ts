import {
  CreateBucketCommand,
  GetObjectCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { dynamodbTimeline } from '../../shared/incident/dynamodb-timeline.ts';
import type { MetricPoint } from '../../shared/incident/metric-publication.ts';
import { s3Reports } from '../../shared/incident/s3-reports.ts';
import type { Timeline } from '../../shared/incident/timeline.ts';
import { findChainFaults } from '../../shared/incident/timeline-event.ts';
import { type ReportOrder, writeReport } from '../../shared/incident/write-report.ts';
import {
  type RecoveryStandIns,
  startRecoveryStandIns,
  steppingClock,
} from '../fixtures/recovery-stand-ins.ts';
import { CRITICAL_INCIDENT, UNTIL_APPROVAL } from './fixtures/critical-incident.ts';
import { type Happening, timelineOf } from './fixtures/timeline-builder.ts';

const BUCKET = 'reports';
const clock = steppingClock('2026-03-14T10:00:00.000Z');
let standIns: RecoveryStandIns;
let s3: S3Client;
let timeline: Timeline;
beforeAll(async () => {
  standIns = await startRecoveryStandIns();
  s3 = new S3Client();
  timeline = dynamodbTimeline(standIns.timelineTable, clock);
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  await s3.send(
    new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration: { Status: 'Enabled' } }),
  );
});
afterAll(async () => {
  s3.destroy();
  await standIns.close();
});

let incidents = 0;
/** Records happenings as a new incident. */
async function record(happenings: readonly Happening[]): Promise<string> {
  incidents += 1;
  const incidentId = `INC-20260314-${String(incidents).padStart(8, '0')}`;
  await resume(incidentId, happenings);
  return incidentId;
}

async function resume(incidentId: string, happenings: readonly Happening[]): Promise<void> {
  for (const { sequence, recordedAt, previousHash, hash, ...entry } of timelineOf(happenings)) {
    await timeline.append({ ...entry, incidentId });
  }
}

function writer() {
  const published: MetricPoint[] = [];
  const ports = {
    timeline,
    reports: s3Reports(BUCKET),
    publish: (points: readonly MetricPoint[]) => void published.push(...points),
  };
  return { published, ports, names: () => published.map(({ name }) => name).toSorted() };
}

const order = (incidentId: string, change: Partial<ReportOrder> = {}): ReportOrder => ({
  incidentId,
  executionId: 'execution-1',
  attempt: 'attempt-1',
  writtenAt: '2026-03-14T10:00:00.000Z',
  ...change,
});

async function stored(key: string): Promise<string> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
  return (await Body?.transformToString()) ?? '';
}

const ALL = [
  'AdherencePercent',
  'DetectionSeconds',
  'RecoverySeconds',
  'ResponseSeconds',
  'RpoSeconds',
  'UserNoticeSeconds',
];
const SETTLED_EARLY = ['DetectionSeconds', 'ResponseSeconds', 'UserNoticeSeconds'];

describe('writing a report', () => {
  test('stores every form of it and says so on the timeline', async () => {
    const incidentId = await record(CRITICAL_INCIDENT);
    const { ports } = writer();
    const { keys, kind } = await writeReport(order(incidentId), ports);
    expect(kind).toBe('final');
    expect(keys).toEqual(
      ['report.md', 'report.html', 'timeline.json', 'metrics.json'].map(
        (name) => `reports/${incidentId}/${name}`,
      ),
    );
    const [markdown = '', page = '', events = '', metrics = ''] = await Promise.all(keys.map(stored));
    expect(markdown).toContain(`# Incident Report - ${incidentId}`);
    expect(page).toContain('<!doctype html>');
    expect(findChainFaults(JSON.parse(events))).toEqual([]);
    expect(JSON.parse(metrics)).toMatchObject({
      incidentId,
      metrics: { recoverySeconds: 1751, adherence: 1 },
    });
    expect((await timeline.read(incidentId)).at(-1)).toMatchObject({
      type: 'report.written',
      detail: { kind, keys },
    });
  });

  test('a repeated step overwrites the same keys, adds no event and publishes nothing again', async () => {
    const incidentId = await record(CRITICAL_INCIDENT);
    const { ports, names } = writer();
    const first = await writeReport(order(incidentId), ports);
    const second = await writeReport(order(incidentId, { attempt: 'attempt-2' }), ports);
    expect(second.keys).toEqual(first.keys);
    expect(names()).toEqual(ALL);
    const written = (await timeline.read(incidentId)).filter(({ type }) => type === 'report.written');
    expect(written).toHaveLength(1);
  });

  test('two tries at the same moment publish once', async () => {
    const incidentId = await record(CRITICAL_INCIDENT);
    const { ports, names } = writer();
    await Promise.all(['a', 'b', 'c'].map((attempt) => writeReport(order(incidentId, { attempt }), ports)));
    expect(names()).toEqual(ALL);
  });

  test('a try whose event was stored although the answer was lost publishes', async () => {
    const incidentId = await record(CRITICAL_INCIDENT);
    const { ports, names } = writer();
    const forgetful: Timeline = {
      read: timeline.read,
      append: async (entry) => {
        await timeline.append(entry);
        return timeline.append(entry);
      },
    };
    await writeReport(order(incidentId), { ...ports, timeline: forgetful });
    expect(names()).toEqual(ALL);
  });

  test('nothing is published when the report could not be stored', async () => {
    const incidentId = await record(CRITICAL_INCIDENT);
    const { ports, published } = writer();
    const lost = { ...ports, reports: s3Reports('no-such-bucket') };
    await expect(writeReport(order(incidentId), lost)).rejects.toMatchObject({ name: 'NoSuchBucket' });
    expect(published).toEqual([]);
    expect((await timeline.read(incidentId)).some(({ type }) => type === 'report.written')).toBe(false);
  });

  test('an interim report publishes what can no longer change, the final one the rest', async () => {
    const incidentId = await record(UNTIL_APPROVAL);
    const interim = writer();
    await writeReport(order(incidentId), interim.ports);
    expect(interim.names()).toEqual(SETTLED_EARLY);

    const again = writer();
    await writeReport(order(incidentId, { executionId: 'execution-2' }), again.ports);
    expect(again.names()).toEqual([]);

    await resume(incidentId, CRITICAL_INCIDENT);
    const final = writer();
    const { kind } = await writeReport(order(incidentId, { executionId: 'execution-3' }), final.ports);
    expect(kind).toBe('final');
    expect([...interim.names(), ...final.names()].toSorted()).toEqual(ALL);
  });

  test('an incident without a timeline is an error that says so', async () => {
    const { ports } = writer();
    await expect(writeReport(order('INC-20260314-ffffffff'), ports)).rejects.toMatchObject({
      name: 'IncidentUnknown',
    });
  });
});

describe('the function', () => {
  test('writes one line of metrics in the embedded format: namespace, severity and nothing else as a dimension', async () => {
    vi.stubEnv('TIMELINE_TABLE', standIns.timelineTable);
    vi.stubEnv('REPORTS_BUCKET', BUCKET);
    const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const { handler } = await import('../../functions/incident/write-incident-report.ts');
    const incidentId = await record(CRITICAL_INCIDENT);
    const event = { incidentId, executionId: 'execution-1' };
    await handler(event, {} as never);
    await handler(event, {} as never);
    const lines = written.mock.calls.map(([line]) => String(line)).filter((line) => line.includes('"_aws"'));
    written.mockRestore();
    const emf = lines.map((line) => JSON.parse(line) as unknown);
    expect(emf).toEqual([
      {
        _aws: {
          Timestamp: expect.any(Number),
          CloudWatchMetrics: [
            {
              Namespace: 'TestudoRecovery',
              Dimensions: [['Severity']],
              Metrics: expect.arrayContaining([
                { Name: 'RecoverySeconds', Unit: 'Seconds' },
                { Name: 'AdherencePercent', Unit: 'Percent' },
              ]),
            },
          ],
        },
        Severity: 'P0',
        incidentId,
        DetectionSeconds: 82,
        ResponseSeconds: 3.1,
        RecoverySeconds: 1751,
        RpoSeconds: 83.4,
        UserNoticeSeconds: 5.2,
        AdherencePercent: 100,
      },
    ]);
  });
});

import {
  DBLogFileNotFoundFault,
  DescribeDBLogFilesCommand,
  DescribeDBSnapshotsCommand,
  DescribeEventsCommand,
  DownloadDBLogFilePortionCommand,
} from '@aws-sdk/client-rds';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { platformInstance, type RdsRig, startRig } from './rds-rig.ts';

let rig: RdsRig;
beforeAll(async () => {
  rig = await startRig();
  await rig.rds.createInstance(platformInstance('platform'));
  for (const note of ['first', 'second <&> ü', 'third']) {
    await rig.sql('platform', `DO $$ BEGIN RAISE LOG 'marker ${note}'; END $$`);
  }
});
afterAll(() => rig.close());

const download = (LogFileName: string, rest: { Marker?: string; NumberOfLines?: number } = {}) =>
  rig.sdk.send(
    new DownloadDBLogFilePortionCommand({ DBInstanceIdentifier: 'platform', LogFileName, ...rest }),
  );

async function logFile(): Promise<string> {
  const { DescribeDBLogFiles: files } = await rig.sdk.send(
    new DescribeDBLogFilesCommand({ DBInstanceIdentifier: 'platform', FilenameContains: 'postgresql' }),
  );
  expect(files?.[0]?.Size).toBeGreaterThan(0);
  return files?.[0]?.LogFileName ?? '';
}

test('the last lines of the log are what PostgreSQL wrote', async () => {
  const name = await logFile();
  expect(name).toMatch(/^error\/postgresql\.log\.\d{4}-\d\d-\d\d-\d\d$/);
  const { LogFileData: data } = await download(name, { NumberOfLines: 200 });
  expect(data?.match(/LOG: +marker .*/g)).toEqual([
    'LOG:  marker first',
    'LOG:  marker second <&> ü',
    'LOG:  marker third',
  ]);
});

test('portions that follow their markers make up the whole log', async () => {
  const name = await logFile();
  let [whole, marker, pending] = ['', '0', true];
  while (pending) {
    const portion = await download(name, { Marker: marker, NumberOfLines: 3 });
    whole += portion.LogFileData ?? '';
    [marker, pending] = [portion.Marker ?? '', portion.AdditionalDataPending ?? false];
  }
  expect(whole).toContain('ready to accept connections');
  expect(whole.match(/marker/g)?.length).toBeGreaterThanOrEqual(3);
});

test('a file outside the log directory is no log file', async () => {
  await expect(download('error/../data/postgresql.conf')).rejects.toThrow(DBLogFileNotFoundFault);
});

test('events are kept by instance, category and time', async () => {
  const { Events: events } = await rig.sdk.send(
    new DescribeEventsCommand({
      SourceIdentifier: 'platform',
      SourceType: 'db-instance',
      EventCategories: ['backup'],
      Duration: 5,
    }),
  );
  expect(events?.map(({ Message: message }) => message)).toEqual([
    'Backing up DB instance',
    'Finished DB Instance backup',
  ]);
  const { Events: earlier } = await rig.sdk.send(
    new DescribeEventsCommand({ SourceIdentifier: 'platform', EndTime: new Date(0) }),
  );
  expect(earlier).toEqual([]);
});

test('events reach EventBridge in its own form', () => {
  expect(rig.events[0]).toMatchObject({
    source: 'aws.rds',
    'detail-type': 'RDS DB Instance Event',
    account: '111122223333',
    region: 'eu-central-1',
    resources: ['arn:aws:rds:eu-central-1:111122223333:db:platform'],
    detail: { EventID: 'RDS-EVENT-0005', SourceIdentifier: 'platform', EventCategories: ['creation'] },
  });
});

test('there are no manual snapshots', async () => {
  const { DBSnapshots: snapshots } = await rig.sdk.send(new DescribeDBSnapshotsCommand({}));
  expect(snapshots).toEqual([]);
});

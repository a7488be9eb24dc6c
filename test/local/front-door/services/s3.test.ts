import { S3 } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PermissionCase, type PermissionsRig, startPermissionsRig } from './permissions-rig.ts';

let rig: PermissionsRig;

beforeAll(async () => {
  rig = await startPermissionsRig();
});

afterAll(() => rig.close());

const object = { Bucket: 'reports', Key: 'incidents/i 1/report.md' };

const cases: readonly PermissionCase[] = [
  [
    'PutObject',
    (config) => new S3(config).putObject({ ...object, Body: 'x' }),
    ['s3:PutObject arn:aws:s3:::reports/incidents/i 1/report.md'],
  ],
  [
    'GetObject',
    (config) => new S3(config).getObject(object),
    ['s3:GetObject arn:aws:s3:::reports/incidents/i 1/report.md'],
  ],
  [
    'ListObjectsV2',
    (config) => new S3(config).listObjectsV2({ Bucket: 'reports', Prefix: 'incidents/' }),
    ['s3:ListBucket arn:aws:s3:::reports'],
  ],
];

describe('the permissions that a call of S3 needs', () => {
  it.each(cases)('%s', async (_name, send, asks) => {
    expect(await rig.asked(send)).toEqual(asks);
  });
});

import { expect, test } from 'vitest';
import type { DbInstance } from '../../../infra/local/rds/instance.ts';
import { DbInstances } from '../../../infra/local/rds/instances.ts';

function instances(quota: number, ...identifiers: string[]): DbInstances {
  const all = new DbInstances(quota);
  // The registry looks at nothing but the identifier.
  for (const identifier of identifiers) all.add({ identifier } as DbInstance);
  return all;
}

test('an account has no more instances than its quota', () => {
  expect(() => instances(2, 'a').checkRoomFor('b')).not.toThrow();
  expect(() => instances(2, 'a', 'b').checkRoomFor('c')).toThrow(
    expect.objectContaining({ code: 'InstanceQuotaExceeded', httpStatus: 400 }),
  );
});

test('identifiers are found in any letter case', () => {
  expect(instances(9, 'platform').get('PlatForm').identifier).toBe('platform');
  expect(() => instances(9).get('platform')).toThrow(
    expect.objectContaining({ code: 'DBInstanceNotFound', httpStatus: 404 }),
  );
});

test('a name that is reserved for a rename is taken until the reservation ends', () => {
  const all = instances(9, 'platform');
  const release = all.reserve('platform-old');
  expect(() => all.checkRoomFor('platform-old')).toThrow(
    expect.objectContaining({ code: 'DBInstanceAlreadyExists' }),
  );
  release();
  expect(() => all.checkRoomFor('platform-old')).not.toThrow();
});

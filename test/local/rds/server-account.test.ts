import { chmodSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { locatePostgres } from '../../../infra/local/rds/postgres-binaries.ts';
import { canEnter, serverAccount } from '../../../infra/local/rds/server-account.ts';

test('PostgreSQL never runs as root', () => {
  const uid = serverAccount()?.uid ?? process.getuid?.();
  expect(uid).toBeGreaterThan(0);
});

test('a directory that is closed to the account of PostgreSQL is known before it is used', () => {
  const account = serverAccount();
  const directory = mkdtempSync(join(tmpdir(), 'account-'));
  chmodSync(directory, 0o700);
  // Without a change of account it is our own directory.
  expect(canEnter(account, directory)).toBe(account === undefined);
  chmodSync(directory, 0o755);
  expect(canEnter(account, directory)).toBe(true);
  rmdirSync(directory);
});

test('the programs of PostgreSQL are found', async () => {
  expect(await locatePostgres(serverAccount())).toEqual({
    initdb: expect.stringMatching(/bin.initdb/),
    postgres: expect.stringMatching(/bin.postgres/),
  });
});

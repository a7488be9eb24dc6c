import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { withDirectoryLock } from '../../../infra/local/laptop/directory-lock.ts';

const lockPath = () => join(mkdtempSync(join(tmpdir(), 'lock-')), 'lock');

describe('a directory lock', () => {
  test('lets one work after the other', async () => {
    const lock = lockPath();
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await turn();
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 5 }, () => withDirectoryLock(lock, work)));
    expect(most).toBe(1);
    expect(existsSync(lock)).toBe(false);
  });

  test('is given back when the work fails', async () => {
    const lock = lockPath();
    await expect(withDirectoryLock(lock, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await withDirectoryLock(lock, async () => 'next')).toBe('next');
  });

  test('of a process that is gone counts for nothing', async () => {
    const lock = lockPath();
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    mkdirSync(lock);
    writeFileSync(join(lock, 'pid'), String(gone));
    expect(await withDirectoryLock(lock, async () => 'mine')).toBe('mine');
  });
});

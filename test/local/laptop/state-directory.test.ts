import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openStateDirectory } from '../../../infra/local/laptop/state-directory.ts';

describe('the state of a run', () => {
  test('is gone when the run is closed', () => {
    const state = openStateDirectory(mkdtempSync(join(tmpdir(), 'runs-')), 'a');
    writeFileSync(join(state.path, 'data'), 'x');
    state.close();
    expect(existsSync(state.path)).toBe(false);
  });

  test('of a run that was killed is removed by the next one, and nothing else is', () => {
    const parent = mkdtempSync(join(tmpdir(), 'runs-'));
    const killed = spawnSync(process.execPath, ['-e', '']).pid;
    for (const [name, pid] of Object.entries({ killed, alive: process.ppid, other: '' })) {
      mkdirSync(join(parent, name));
      writeFileSync(join(parent, name, 'pid'), String(pid));
    }
    openStateDirectory(parent, 'next');
    const left = ['killed', 'alive', 'other', 'next'].filter((name) => existsSync(join(parent, name)));
    expect(left).toEqual(['alive', 'other', 'next']);
  });
});

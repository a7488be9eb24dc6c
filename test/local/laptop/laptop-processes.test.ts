import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { afterEach, describe, expect, test } from 'vitest';
import type { Endpoints } from '../../../infra/local/laptop/endpoints.ts';

const root = resolve(import.meta.dirname, '..', '..', '..');
const START_MILLIS = 120_000;
const END_MILLIS = 30_000;

describe('a laptop that is up', () => {
  let child: ChildProcess | undefined;

  afterEach(() => child?.kill('SIGKILL'));

  test.each(['SIGINT', 'SIGKILL'] as const)(
    'leaves no process, no port and no address behind after %s',
    async (signal) => {
      const file = join(mkdtempSync(join(tmpdir(), 'endpoints-')), 'endpoints.json');
      child = spawn(process.execPath, ['infra/local/local.ts', '--endpoints', file], {
        cwd: root,
        stdio: 'ignore',
      });
      await until('the endpoints', START_MILLIS, () => existsSync(file));
      const endpoints = JSON.parse(readFileSync(file, 'utf8')) as Endpoints;
      const state = await fetch(`${endpoints.emergencyApi}/trading-state`, {
        headers: { authorization: `Bearer ${endpoints.emergencyToken}` },
      });
      expect(await state.json()).toMatchObject({ state: 'ACTIVE' });
      const database = new Client({ connectionString: endpoints.database });
      await database.connect();
      expect((await database.query('SELECT count(*) FROM positions')).rowCount).toBe(1);
      await database.end();
      const family = descendantsOf(child.pid ?? 0);
      expect(family.length).toBeGreaterThan(1);

      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
      await until('every process ends', END_MILLIS, () => family.every((pid) => !isAlive(pid)));
      await expect(fetch(endpoints.emergencyApi)).rejects.toThrow();
      await expect(fetch(endpoints.rds)).rejects.toThrow();
      if (signal === 'SIGINT') expect(existsSync(file)).toBe(false);
    },
    START_MILLIS + END_MILLIS,
  );
});

/** Processes that a process has started, and those that they have started, as they are now. */
function descendantsOf(ancestor: number): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), parentOf(name)] as const);
  const childrenOf = (pid: number): number[] =>
    parents.filter(([, parent]) => parent === pid).flatMap(([own]) => [own, ...childrenOf(own)]);
  return childrenOf(ancestor);
}

function parentOf(pid: string): number {
  try {
    return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A process that has ended and that nobody has asked for is no process any more.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function until(what: string, millis: number, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + millis;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await delay(50);
  }
}

import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isProcessAlive } from './process-liveness.ts';

const POLL_MILLIS = 50;
/** A lock whose owner has not even written its process id by then died in between. */
const ANONYMOUS_LOCK_MILLIS = 5000;

/**
 * Runs `work` while no other process runs work on the same directory. The lock of a process that is gone counts for nothing.
 * @param directory of the lock itself; its parent must exist.
 */
export async function withDirectoryLock<Result>(
  directory: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const owner = join(directory, 'pid');
  while (!acquired(directory)) {
    if (isAbandoned(directory, owner)) rmSync(directory, { recursive: true, force: true });
    else await delay(POLL_MILLIS);
  }
  writeFileSync(owner, String(process.pid));
  try {
    return await work();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function acquired(directory: string): boolean {
  try {
    mkdirSync(directory);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isAbandoned(directory: string, owner: string): boolean {
  try {
    return !isProcessAlive(Number(readFileSync(owner, 'utf8')));
  } catch {
    const age = Date.now() - (statSync(directory, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    return age > ANONYMOUS_LOCK_MILLIS;
  }
}

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isProcessAlive } from './process-liveness.ts';

const OWNER = 'pid';

/** Where one run keeps its state. */
export interface StateDirectory {
  readonly path: string;
  close(): void;
}

/**
 * Makes the directory of a run, and removes those of runs that were killed: what they held is of no use to anybody.
 * @param parent directory of all runs.
 * @param run name of this one.
 */
export function openStateDirectory(parent: string, run: string): StateDirectory {
  mkdirSync(parent, { recursive: true });
  for (const name of readdirSync(parent)) {
    const owner = ownerOf(join(parent, name));
    if (owner !== undefined && !isProcessAlive(owner))
      rmSync(join(parent, name), { recursive: true, force: true });
  }
  const path = join(parent, run);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, OWNER), String(process.pid));
  return { path, close: () => rmSync(path, { recursive: true, force: true }) };
}

/** The process that a directory belongs to; undefined for a directory of something else. */
function ownerOf(directory: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(directory, OWNER), 'utf8'));
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

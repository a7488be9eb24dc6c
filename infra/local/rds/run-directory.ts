import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { giveTo, type ServerAccount } from './server-account.ts';

const PREFIX = 'rds-';
const OWNER_FILE = 'owner.pid';

/**
 * Makes a directory for the clusters of this run, and removes those that runs left behind which ended without being
 * closed.
 *
 * @param parent an existing directory.
 */
export function makeRunDirectory(parent: string, account: ServerAccount | undefined): string {
  for (const name of readdirSync(parent).filter((entry) => entry.startsWith(PREFIX))) {
    if (isAbandoned(join(parent, name))) rmSync(join(parent, name), { recursive: true, force: true });
  }
  const directory = mkdtempSync(join(parent, PREFIX));
  writeFileSync(join(directory, OWNER_FILE), String(process.pid));
  giveTo(account, directory);
  return directory;
}

function isAbandoned(directory: string): boolean {
  try {
    process.kill(Number(readFileSync(join(directory, OWNER_FILE), 'utf8')), 0);
    return false;
  } catch (error) {
    // A directory without the file is not ours, and EPERM means that the process exists.
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

import { spawnSync } from 'node:child_process';
import { chownSync, readFileSync } from 'node:fs';

/** The operating system account that runs PostgreSQL; PostgreSQL refuses to run as root. */
export interface ServerAccount {
  /** User id. */
  uid: number;
  /** Group id. */
  gid: number;
}

/** Root has no ordinary account to hand PostgreSQL over to. */
class NoUnprivilegedAccount extends Error {
  override readonly name = 'NoUnprivilegedAccount';
}

const PREFERRED_ACCOUNTS = ['postgres', 'nobody'];

/**
 * Which account PostgreSQL runs as: another, existing one when this process is root (`initdb` fails for a uid
 * without a passwd entry), otherwise this process's own.
 *
 * @returns the account to change to, or `undefined` when nothing has to change.
 * @throws {NoUnprivilegedAccount} as root on a machine that has none of the usual service accounts.
 */
export function serverAccount(): ServerAccount | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const entries = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of PREFERRED_ACCOUNTS) {
    const entry = entries.find(([login]) => login === name);
    if (entry) return { uid: Number(entry[2]), gid: Number(entry[3]) };
  }
  throw new NoUnprivilegedAccount(
    `PostgreSQL does not run as root, and /etc/passwd has none of: ${PREFERRED_ACCOUNTS.join(', ')}`,
  );
}

/** Gives a file or directory to the account that runs PostgreSQL. */
export function giveTo(account: ServerAccount | undefined, path: string): void {
  if (account) chownSync(path, account.uid, account.gid);
}

/**
 * Whether the account can reach a directory through all of its parents: a checkout in root's home, for one, is
 * closed to every other account.
 */
export function canEnter(account: ServerAccount | undefined, directory: string): boolean {
  if (!account) return true;
  const probe = spawnSync('sh', ['-c', 'cd "$1"', 'sh', directory], {
    ...account,
    cwd: '/',
    stdio: 'ignore',
  });
  return probe.status === 0;
}

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { ServerAccount } from './server-account.ts';

/**
 * How a server is told to end, by the signal that PostgreSQL documents for it: `fast` ends sessions and writes a
 * checkpoint, `immediate` drops everything and leaves crash recovery to the next start.
 */
export type StopMode = 'fast' | 'immediate';

const SIGNALS: Record<StopMode, string> = { fast: 'INT', immediate: 'QUIT' };

/**
 * The server runs under a shell that reads our signals from its standard input. When this process ends in any
 * way, SIGKILL included, that input ends, and the shell ends the server. The shell has a session of its own, so
 * that Ctrl-C in the terminal reaches us first.
 */
const WATCHDOG = `
exec 3<&0
"$@" 3<&- </dev/null &
server=$!
( while read -r signal <&3; do kill -s "$signal" "$server"; done; kill -s QUIT "$server" ) 2>/dev/null &
watcher=$!
wait "$server"
status=$?
kill "$watcher" 2>/dev/null
exit "$status"
`;

/** One run of a PostgreSQL server, which cannot outlive this process. */
export class PostgresProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<number>;
  #running = true;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#exited = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => {
        this.#running = false;
        resolve(code ?? -1);
      });
    });
    // The input closes under us when the server ends by itself.
    child.stdin?.on('error', () => undefined);
  }

  /** Starts a server; its messages are appended to `logFile`. */
  static start(
    postgres: string,
    dataDirectory: string,
    logFile: string,
    account: ServerAccount | undefined,
  ): PostgresProcess {
    const log = openSync(logFile, 'a');
    try {
      const child = spawn('sh', ['-c', WATCHDOG, 'sh', postgres, '-D', dataDirectory], {
        ...account,
        cwd: '/',
        detached: true,
        env: { PATH: process.env.PATH ?? '', LC_ALL: 'C' },
        stdio: ['pipe', log, log],
      });
      return new PostgresProcess(child);
    } finally {
      closeSync(log);
    }
  }

  /** Whether the server has not ended. */
  get running(): boolean {
    return this.#running;
  }

  /** Settles with the exit code when the server has ended, however it came to that. */
  get exited(): Promise<number> {
    return this.#exited;
  }

  /** Ends the server and waits for it; a fast stop that takes longer than 20 s becomes an immediate one. */
  async stop(mode: StopMode): Promise<void> {
    this.#send(mode);
    const escalation = setTimeout(() => this.#send('immediate'), 20_000);
    await this.#exited;
    clearTimeout(escalation);
  }

  #send(mode: StopMode): void {
    if (this.#running) this.#child.stdin?.write(`${SIGNALS[mode]}\n`);
  }
}

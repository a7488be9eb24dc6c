/** Somebody or something ended the process: Ctrl-C, a signal, or an error that nobody has caught. */
class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** Exit codes that shells expect of a process that ends for a signal: 128 and the number of the signal. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** What ends a run before its time. */
export interface Interruption {
  /** Aborts at the first interruption. */
  readonly signal: AbortSignal;
  /** Code to exit with; 0 while nothing has interrupted. */
  exitCode(): number;
}

/**
 * Turns Ctrl-C, termination and uncaught errors into one abort, so that whatever was started is closed in order. A second Ctrl-C ends
 * the process at once; the databases then end by themselves, because their watchdogs lose their parent.
 */
export function listenForInterruption(): Interruption {
  const abort = new AbortController();
  let exitCode = 0;

  function interrupt(code: number, reason: string): void {
    if (exitCode !== 0) process.exit(code);
    exitCode = code;
    abort.abort(new Interrupted(reason));
  }

  for (const [name, code] of Object.entries(EXIT_CODES)) {
    process.on(name, () => interrupt(code, name));
  }
  for (const name of ['uncaughtException', 'unhandledRejection']) {
    process.on(name, (error: unknown) => {
      console.error(error);
      interrupt(1, String(error));
    });
  }
  return { signal: abort.signal, exitCode: () => exitCode };
}

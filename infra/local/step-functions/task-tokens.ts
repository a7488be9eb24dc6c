import { randomBytes } from 'node:crypto';
import { ServiceError } from '../json-protocol/service-error.ts';

/** The end of a task that waits for its token. */
export interface TokenListener {
  succeed(output: unknown): void;
  fail(error: string, cause: string): void;
  heartbeat(): void;
}

const tokenPattern = /^[A-Za-z0-9+/]{128}$/;

/** The open task tokens of every execution: each is issued once and answered at most once. */
export class TaskTokens {
  readonly #open = new Map<string, TokenListener>();
  readonly #closed = new Set<string>();
  readonly #machines = new Map<string, string>();

  /** A token that nobody else has, for a task of this state machine. */
  issue(stateMachineArn: string): string {
    const token = randomBytes(96).toString('base64');
    this.#machines.set(token, stateMachineArn);
    return token;
  }

  /** The state machine whose task the token was issued for; undefined for a text that is no token of ours. */
  machineOf(token: string): string | undefined {
    return this.#machines.get(token);
  }

  open(token: string, listener: TokenListener): void {
    this.#open.set(token, listener);
  }

  /** From now on the token is answered with `TaskTimedOut`, as AWS does for any task that is over. */
  close(token: string): void {
    this.#open.delete(token);
    this.#closed.add(token);
  }

  /** @throws ServiceError `InvalidToken`, `TaskTimedOut` or `TaskDoesNotExist` */
  listenerOf(token: string): TokenListener {
    const listener = this.#open.get(token);
    if (listener !== undefined) return listener;
    if (!tokenPattern.test(token)) throw new ServiceError('InvalidToken', "Invalid Token: 'Invalid token'");
    if (this.#closed.has(token)) {
      throw new ServiceError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
    }
    throw new ServiceError('TaskDoesNotExist', "Task does not exist: 'Provided task does not exist'");
  }
}

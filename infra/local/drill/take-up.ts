import { setTimeout as delay } from 'node:timers/promises';
import type { Laptop } from '../laptop.ts';
import { openConsole } from './operator-console.ts';
import type { Scenario } from './scenario.ts';

type TakeUp = NonNullable<Scenario['operators']['takeUp']>;

/** What an operator took up did not come to a good end. */
class TakeUpFailed extends Error {
  override readonly name = 'TakeUpFailed';
}

/**
 * The first operator takes up what a response has left half done, as the runbook says ("A cut-over was interrupted"): starts the restore
 * again in the console and, when it was to be continued, the resumption of service.
 * @returns which execution failed, and why.
 * @throws {DrillDeadlineExpired}
 */
export async function takeUp(
  { after, direction }: TakeUp,
  laptop: Laptop,
  { incidentId, onAction, deadlineMillis, signal }: TakeUpContext,
): Promise<string[]> {
  const [operator] = laptop.operators;
  if (operator === undefined) return [];
  const console = openConsole(laptop, operator);

  async function runToItsEnd(machine: string, input: Readonly<Record<string, unknown>>): Promise<void> {
    onAction(`${operator?.name} starts ${machine}`);
    const executionArn = await console.start(machine, { incidentId, ...input });
    const { status, error, cause } = await console.outcomeOf(executionArn, deadlineMillis, signal);
    if (status !== 'SUCCEEDED') throw new TakeUpFailed(`${machine}: ${status} ${error}: ${cause}`);
  }

  try {
    await delay(after, undefined, { signal });
    await runToItsEnd('point-in-time-restore', { restorePoint: null, begunCutOver: direction });
    if (direction === 'continue') await runToItsEnd('service-resumption', {});
    return [];
  } catch (error) {
    if (!(error instanceof TakeUpFailed)) throw error;
    return [`${error.name}: ${error.message}`];
  } finally {
    console.close();
  }
}

interface TakeUpContext {
  readonly incidentId: string;
  /** Told what the operator does. */
  readonly onAction: (action: string) => void;
  /** When it must have ended, in milliseconds since 1970. */
  readonly deadlineMillis: number;
  readonly signal: AbortSignal;
}

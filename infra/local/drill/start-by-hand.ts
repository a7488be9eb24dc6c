import type { Laptop } from '../laptop.ts';
import { DrillDeadlineExpired } from './execution-watch.ts';
import type { Disturbance } from './faults.ts';
import { type OperatorConsole, openConsole } from './operator-console.ts';
import type { Scenario } from './scenario.ts';
import { type Start, typedPoint } from './scenario-start.ts';

const UNTIL_REFUSED_MILLIS = 10_000;

/**
 * The first operator starts the response in the console, and reads there why it is refused, when it must be.
 * @returns what was not refused as it should have been.
 */
export async function startByHand(
  start: Start,
  scenario: Scenario,
  laptop: Laptop,
  { attemptedAtMillis, signal }: { readonly attemptedAtMillis: number; readonly signal: AbortSignal },
): Promise<Disturbance> {
  const [operator] = laptop.operators;
  const nothing: Disturbance = { end: async () => undefined, unmet: () => undefined };
  if (operator === undefined) return nothing;
  const { severity, restorePoint, refused } = start;
  const console = openConsole(laptop, operator);
  try {
    const executionArn = await console.startResponse({
      severity,
      summary: scenario.summary,
      startedBy: operator.name,
      ...(restorePoint !== undefined && { restorePoint: typedPoint(restorePoint, attemptedAtMillis) }),
    });
    if (refused === undefined) return nothing;
    const said = await refusalOf(console, executionArn, signal);
    const problem = said?.includes(refused)
      ? undefined
      : `the response was not refused with ${JSON.stringify(refused)}: ${said ?? 'it was not refused'}`;
    return { ...nothing, unmet: () => problem };
  } finally {
    console.close();
  }
}

/** Error and cause of a response that failed; undefined when it did not fail in time. */
async function refusalOf(
  console: OperatorConsole,
  executionArn: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const { status, error, cause } = await console.outcomeOf(
      executionArn,
      Date.now() + UNTIL_REFUSED_MILLIS,
      signal,
    );
    return status === 'FAILED' ? `${error}: ${cause}` : undefined;
  } catch (error) {
    if (!(error instanceof DrillDeadlineExpired)) throw error;
    return undefined;
  }
}

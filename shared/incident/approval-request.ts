import * as z from 'zod';
import type { Clock } from '../lambda/clock.ts';
import { Timestamp } from '../lambda/timestamp.ts';
import type { ApprovalRound, Approvals } from './dynamodb-approvals.ts';
import { ApprovalAlreadyRequested } from './errors.ts';

/** What a step that asks for approvals answers: how many are needed, who counts already, who is awaited, and until when. */
export const ApprovalRequest = z.object({
  required: z.int(),
  given: z.array(z.string()),
  awaited: z.array(z.string()),
  expiresAt: Timestamp,
});

/**
 * Opens a round of approvals, unless another execution that still runs is asking for the same incident: two rounds would split the
 * votes, and the one that loses would page people about an incident that is over.
 * @param isExecutionRunning asks Step Functions about the execution of an open round: one that was stopped waits for nobody.
 * @throws {ApprovalAlreadyRequested}
 */
export async function requestApproval(
  round: ApprovalRound,
  approvals: Approvals,
  isExecutionRunning: (executionArn: string) => Promise<boolean>,
  clock: Clock,
): Promise<void> {
  const asked = await approvals.current(round.incidentId);
  if (asked !== undefined && isWaiting(asked, round, clock) && (await isExecutionRunning(asked.round))) {
    throw new ApprovalAlreadyRequested(`${asked.round} waits for approvals until ${asked.expiresAt}`);
  }
  if (!(await approvals.open(round, asked?.round ?? null)))
    throw new ApprovalAlreadyRequested('Another execution asked this very moment');
}

function isWaiting(asked: ApprovalRound, round: ApprovalRound, clock: Clock): boolean {
  return (
    asked.round !== round.round &&
    asked.status === 'open' &&
    Date.parse(asked.expiresAt) > clock.now().getTime()
  );
}

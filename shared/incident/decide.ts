import { type ChoiceEvidence, choosePoint, isRestorable } from '../database/restore-point-choice.ts';
import type { PointRules } from '../database/restore-proposal.ts';
import type { Clock } from '../lambda/clock.ts';
import { ApiProblem } from '../lambda/problem.ts';
import { TaskGone } from '../lambda/step-functions.ts';
import { named } from '../lambda/task.ts';
import type { ApprovalRecorded, ApprovalRequest } from './api-contract.ts';
import {
  type ApprovalPurpose,
  type Approver,
  approverOf,
  type Decision,
  type Tally,
  tally,
} from './approver.ts';
import type { ApprovalRound, Approvals } from './dynamodb-approvals.ts';
import type { Timeline } from './timeline.ts';

const DECISION_EVENTS = {
  'resume-trading': { approve: 'approval.given', deny: 'approval.denied' },
  salvage: { approve: 'salvage.approved', deny: 'salvage.denied' },
  'restore-point': { approve: 'restore-point.decided', deny: 'restore-point.denied' },
  'instance-change': { approve: 'instance-change.approved', deny: 'instance-change.denied' },
} as const;
const DECISION_WORDS: Record<ApprovalPurpose, string> = {
  'resume-trading': 'resume',
  salvage: 'salvage what was committed after the restore point',
  'restore-point': 'go back to the proposed restore point',
  'instance-change': 'change the database instance',
};
/** The state machine that asks. */
const ASKING_MACHINES: Record<ApprovalPurpose, string> = {
  'resume-trading': 'service-resumption',
  salvage: 'data-salvage',
  'restore-point': 'database-recovery',
  'instance-change': 'database-recovery',
};

/** What deciding needs. */
export interface DecidePorts {
  readonly approvers: readonly Approver[];
  readonly approvals: Approvals;
  readonly timeline: Timeline;
  /** Answers the task that waits. */
  readonly answerTask: {
    succeed(taskToken: string, output: unknown): Promise<void>;
    fail(taskToken: string, error: string, cause: string): Promise<void>;
  };
  readonly clock: Clock;
}

/** Somebody's wish. */
export interface DecideRequest extends ApprovalRequest {
  readonly incidentId: string;
  readonly callerArn: string | null;
}

/**
 * Records one person's decision and, when it decides the round, lets the waiting task go on or fail. Repeating the same request is
 * harmless and completes what an interrupted one left.
 * @throws {ApiProblem} 403 for somebody who is no approver, 404 without a request, 409 when it is over, decided, or was decided otherwise
 * by this person or by somebody who came first, 422 for a restore point that cannot be used.
 */
export async function decide(request: DecideRequest, ports: DecidePorts): Promise<ApprovalRecorded> {
  const approver = request.callerArn === null ? undefined : approverOf(request.callerArn, ports.approvers);
  if (approver === undefined) {
    throw new ApiProblem(
      403,
      'NotAnApprover',
      `${request.callerArn ?? 'An unsigned caller'} is none of the configured approvers`,
    );
  }
  const round = await openRound(request, ports);
  if (request.restorePoint !== undefined)
    requireUsable(
      { restorePoint: request.restorePoint, name: approver.name, reason: request.reason },
      round.pointRules,
      ports.clock,
    );
  const decision = await recordOnce(request, approver, round, ports);
  await ports.timeline.append({
    incidentId: request.incidentId,
    key: `${round.round}/RecordApproval/${approver.name}`,
    type: DECISION_EVENTS[round.purpose][decision.decision],
    occurredAt: decision.decidedAt,
    actor: { kind: 'person', id: decision.arn },
    step: '-',
    outcome: decision.decision === 'approve' ? 'succeeded' : 'refused',
    summary: `${approver.name} ${wordsOf(decision, round.purpose)}: ${decision.reason}`,
    detail: {
      name: approver.name,
      decision: decision.decision,
      reason: decision.reason,
      round: round.round,
      ...(round.purpose === 'restore-point' && { restorePoint: decision.restorePoint ?? null }),
    },
  });
  const count = tally(
    await ports.approvals.decisions(round),
    round.initiatorName,
    round.required,
    ports.approvers,
  );
  await settle(round, count, decision, ports);
  return {
    incidentId: request.incidentId,
    decision: decision.decision,
    outcome: count.outcome,
    approvals: {
      purpose: round.purpose,
      required: count.required,
      given: [...count.given],
      awaited: [...count.awaited],
      expiresAt: round.expiresAt,
    },
  };
}

function wordsOf({ decision, restorePoint }: Decision, purpose: ApprovalPurpose): string {
  if (restorePoint !== undefined) return `gives the restore point ${restorePoint}`;
  return `${decision === 'approve' ? 'agrees' : 'refuses'} to ${DECISION_WORDS[purpose]}`;
}

/** Nobody gives a point that the restore would refuse a minute later. */
function requireUsable(
  requested: ChoiceEvidence['requested'],
  rules: PointRules | undefined,
  clock: Clock,
): void {
  if (rules === undefined) return;
  const { window, culprit } = rules;
  const now = clock.now().toISOString();
  try {
    const { restoreTime } = choosePoint({ requested, culprit, anchor: undefined, now, window });
    isRestorable(restoreTime, window, 0);
  } catch (error) {
    const { name, message } = named(error);
    throw new ApiProblem(422, name, message, [{ field: 'body.restorePoint', detail: message }]);
  }
}

async function openRound(
  { incidentId, purpose }: DecideRequest,
  { approvals, clock }: DecidePorts,
): Promise<ApprovalRound> {
  const round = await approvals.current(incidentId);
  if (round === undefined)
    throw new ApiProblem(404, 'NoApprovalRequested', `No approval is asked for incident ${incidentId}`);
  if (round.purpose !== purpose) {
    throw new ApiProblem(
      409,
      'OtherApprovalAsked',
      `purpose: ${JSON.stringify(round.purpose)} is asked for now, not ${JSON.stringify(purpose)}; the decision is not recorded`,
    );
  }
  if (clock.now().getTime() > Date.parse(round.expiresAt)) {
    throw new ApiProblem(
      409,
      'ApprovalExpired',
      `The deadline was ${round.expiresAt}; start ${ASKING_MACHINES[round.purpose]} again`,
    );
  }
  return round;
}

async function recordOnce(
  request: DecideRequest,
  approver: Approver,
  round: ApprovalRound,
  { approvals, clock }: DecidePorts,
): Promise<Decision> {
  const known = (await approvals.decisions(round)).find(({ name }) => name === approver.name);
  if (known === undefined && round.status !== 'open') {
    throw new ApiProblem(409, 'ApprovalDecided', `This request was ${round.status} already`);
  }
  const stands =
    known ??
    (await approvals.record(round, {
      name: approver.name,
      arn: approver.arn,
      decision: request.decision,
      reason: request.reason,
      decidedAt: clock.now().toISOString(),
      ...(request.restorePoint !== undefined && { restorePoint: request.restorePoint }),
    }));
  if (stands.decision !== request.decision || stands.restorePoint !== request.restorePoint) {
    throw new ApiProblem(
      409,
      'AlreadyDecided',
      `${approver.name} decided ${JSON.stringify(stands.decision)} at ${stands.decidedAt}: nobody counts twice`,
    );
  }
  return stands;
}

/**
 * Answers the waiting task when the round is decided. Whoever decides it marks it first; a repeated or later decision answers again
 * with what stands, in case the first one was cut off in between, and may find the task answered.
 * @throws {ApiProblem} 409 when the deciding answer finds nobody waiting, or somebody was faster with another one: nobody must think
 * that what was not done is done.
 */
async function settle(
  round: ApprovalRound,
  count: Tally,
  decision: Decision,
  { approvals, answerTask }: DecidePorts,
): Promise<void> {
  if (count.outcome === 'awaiting-more') return;
  const { first, status, decidedBy } = await approvals.settle(round, count.outcome, decision.name);
  const standing =
    decidedBy === undefined || decidedBy === decision.name
      ? decision
      : ((await approvals.decisions(round)).find(({ name }) => name === decidedBy) ?? decision);
  try {
    if (status === 'approved') {
      await answerTask.succeed(round.taskToken, {
        approvedBy: round.purpose === 'restore-point' ? [standing.name] : count.given,
        round: round.round,
        ...(round.purpose === 'restore-point' && {
          reason: standing.reason,
          restorePoint: standing.restorePoint ?? null,
        }),
      });
    } else if (status === 'denied') {
      await answerTask.fail(round.taskToken, 'ApprovalDenied', `${standing.name}: ${standing.reason}`);
    }
  } catch (error) {
    if (!(error instanceof TaskGone)) throw error;
    if (first) {
      throw new ApiProblem(
        409,
        'NobodyWaits',
        `The decision is recorded, but the procedure no longer waits for it: start ${ASKING_MACHINES[round.purpose]} again`,
      );
    }
  }
  if (status !== count.outcome || standing.restorePoint !== decision.restorePoint) {
    throw new ApiProblem(
      409,
      'ApprovalDecided',
      `${decidedBy ?? 'Somebody'} was faster: the request is ${status}`,
    );
  }
}

import * as z from 'zod';
import { RestoreProposal } from '../database/restore-proposal.ts';
import { GivenTimestamp, Timestamp } from '../lambda/timestamp.ts';
import { TradingState } from '../trading/trading-state.ts';
import { ApprovalPurpose } from './approver.ts';
import { IncidentId } from './incident.ts';
import { Severity } from './severity.ts';
import { TimelineEvent } from './timeline-event.ts';

/** Path of the incident routes. */
export const IncidentPath = z.object({ id: IncidentId });

/** Body of `POST /incidents/{id}/approvals`. */
export const ApprovalRequest = z
  .strictObject({
    /** What is decided on. Must be what is asked for now: nobody resumes trading with a late answer to another question. */
    purpose: ApprovalPurpose.default('resume-trading'),
    decision: z.enum(['approve', 'deny']),
    /** Why: an approval without a reason is no decision. */
    reason: z.string().trim().min(3).max(500),
    /** With purpose `restore-point`: the moment to go back to instead of the proposed one, with its zone. */
    restorePoint: GivenTimestamp.optional(),
  })
  .refine(
    ({ purpose, decision, restorePoint }) =>
      restorePoint === undefined || (purpose === 'restore-point' && decision === 'approve'),
    { path: ['restorePoint'], message: 'belongs to purpose "restore-point" with decision "approve"' },
  );
export type ApprovalRequest = z.infer<typeof ApprovalRequest>;

/** How an approval stands. */
export const ApprovalProgress = z.object({
  /** What is asked for. */
  purpose: ApprovalPurpose,
  required: z.int().positive(),
  /** Names of those who count, the initiator among them if a person is proven to have started it. */
  given: z.array(z.string()),
  /** Names of those who may still decide. */
  awaited: z.array(z.string()),
  expiresAt: Timestamp,
  /** Of purpose `resume-trading`: what must be looked at beside the proof, e.g. positions that exchange and database hold differently. */
  mind: z.array(z.string()).optional(),
  /** Of purpose `restore-point`: what is decided on, with what it would lose and what else is near. */
  proposal: RestoreProposal.optional(),
});
export type ApprovalProgress = z.infer<typeof ApprovalProgress>;

/** Answer to `POST /incidents/{id}/approvals`. */
export const ApprovalRecorded = z.object({
  incidentId: IncidentId,
  decision: z.enum(['approve', 'deny']),
  outcome: z.enum(['awaiting-more', 'approved', 'denied']),
  approvals: ApprovalProgress,
});
export type ApprovalRecorded = z.infer<typeof ApprovalRecorded>;

/** Answer to `GET /incidents/{id}`: a projection of the timeline. */
export const IncidentView = z.object({
  incidentId: IncidentId,
  severity: Severity,
  status: z.enum([
    'open',
    'assessing',
    'recovering',
    'awaiting-approval',
    'handed-over',
    'resumed',
    'closed',
  ]),
  summary: z.string(),
  detectedAt: Timestamp.nullable(),
  openedAt: Timestamp,
  closedAt: Timestamp.nullable(),
  trading: z.object({ state: TradingState, since: Timestamp }).nullable(),
  /** Present while people are awaited. */
  awaiting: ApprovalProgress.nullable(),
  /** What a person must do next; empty when nothing. */
  nextSteps: z.array(z.string()),
  timeline: z.array(TimelineEvent),
});
export type IncidentView = z.infer<typeof IncidentView>;

import * as z from 'zod';
import { Timestamp } from '../lambda/timestamp.ts';

/** Somebody who may agree to resume trading. One person may be listed with several ARNs: the name is what counts. */
export const Approver = z.strictObject({
  name: z.string().min(1),
  /** ARN as it signs: an IAM user, or an assumed role with its session name. */
  arn: z.string().startsWith('arn:'),
});
export type Approver = z.infer<typeof Approver>;

/** What people are asked to agree to. */
export const ApprovalPurpose = z.enum(['resume-trading', 'salvage', 'restore-point', 'instance-change']);
export type ApprovalPurpose = z.infer<typeof ApprovalPurpose>;

/** One person's decision in one round. */
export const Decision = z.object({
  name: z.string(),
  arn: z.string(),
  decision: z.enum(['approve', 'deny']),
  reason: z.string(),
  decidedAt: z.string(),
  /** Of purpose `restore-point`: the point that is given instead of the proposed one. */
  restorePoint: Timestamp.optional(),
});
export type Decision = z.infer<typeof Decision>;

/** How the decisions of a round stand. */
export interface Tally {
  readonly outcome: 'awaiting-more' | 'approved' | 'denied';
  readonly required: number;
  /** Different people who count, the initiator first if a person is proven to have started it. */
  readonly given: readonly string[];
  /** Who may still decide. */
  readonly awaited: readonly string[];
}

/**
 * Counts different people. Whoever is proven to have halted or started the incident by hand counts as one; a machine, a shared
 * token or a name that nothing proves counts as none. One denial decides.
 */
export function tally(
  decisions: readonly Decision[],
  initiatorName: string | null,
  required: number,
  approvers: readonly Approver[],
): Tally {
  const agreed = decisions.filter(({ decision }) => decision === 'approve').map(({ name }) => name);
  const given = [...new Set([...(initiatorName === null ? [] : [initiatorName]), ...agreed])];
  const denied = decisions.some(({ decision }) => decision === 'deny');
  const decided = new Set([...given, ...decisions.map(({ name }) => name)]);
  const awaited = [...new Set(approvers.map(({ name }) => name))].filter((name) => !decided.has(name));
  // Somebody must look at the proof: starting the incident came before it, so at least one decision is asked for always.
  const enough = given.length >= required && agreed.length > 0;
  return { outcome: denied ? 'denied' : enough ? 'approved' : 'awaiting-more', required, given, awaited };
}

/** The listed person who signs with `arn`; undefined when nobody does. */
export function approverOf(arn: string, approvers: readonly Approver[]): Approver | undefined {
  return approvers.find((approver) => approver.arn === arn);
}

import { GetCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { PointRules } from '../database/restore-proposal.ts';
import { dynamodb, isConditionFailed, putIfAbsent } from '../lambda/dynamodb.ts';
import { Timestamp } from '../lambda/timestamp.ts';
import { ApprovalPurpose, Decision } from './approver.ts';

/** One request for approval: its round, its deadline and the task that waits for it. */
export const ApprovalRound = z.object({
  incidentId: z.string(),
  purpose: ApprovalPurpose,
  /** The execution that asks; a repeated request of the same execution is the same round. */
  round: z.string(),
  taskToken: z.string(),
  requestedAt: Timestamp,
  expiresAt: Timestamp,
  required: z.int().positive(),
  /** Name of the person who is proven to have started the incident. */
  initiatorName: z.string().nullable(),
  /** Trading epoch that the proof was given for. */
  tradingEpoch: z.int().nonnegative(),
  status: z.enum(['open', 'approved', 'denied', 'expired']),
  /** Whose decision closed the round. */
  decidedBy: z.string().optional(),
  /** Of purpose `restore-point`: what a point that somebody gives is held against. */
  pointRules: PointRules.optional(),
});
export type ApprovalRound = z.infer<typeof ApprovalRound>;

/** How a round was closed, and by whose decision. */
interface Settlement {
  readonly status: ApprovalRound['status'];
  readonly decidedBy: string | undefined;
}

/** The approvals of an incident in the control table. */
export interface Approvals {
  /** Opens a round in place of the one that was read (null: of none). False when another has taken that place meanwhile. */
  open(round: ApprovalRound, replaced: string | null): Promise<boolean>;
  /** The newest round. */
  current(incidentId: string): Promise<ApprovalRound | undefined>;
  /** Records a decision; a person decides once a round: gives back what stands. */
  record(round: ApprovalRound, decision: Decision): Promise<Decision>;
  decisions(round: ApprovalRound): Promise<Decision[]>;
  /** Marks an open round as decided by a person. Gives back what stands: the decision that came first. */
  settle(
    round: ApprovalRound,
    status: 'approved' | 'denied',
    decidedBy: string,
  ): Promise<Settlement & { readonly first: boolean }>;
  /** Closes an open round in which nobody decided in time; does nothing to any other. */
  expire(incidentId: string, round: string): Promise<void>;
}

/** {@link Approvals} on single items of the control table. */
export function dynamodbApprovals(tableName: string): Approvals {
  const partition = (incidentId: string) => `approval#${incidentId}`;
  const personKey = ({ incidentId, round }: ApprovalRound, name: string) => ({
    pk: partition(incidentId),
    sk: `person#${round}#${name}`,
  });
  /** False when the round is not open, or not the current one. */
  async function close(
    { incidentId, round }: Pick<ApprovalRound, 'incidentId' | 'round'>,
    { status, decidedBy }: Settlement,
  ): Promise<boolean> {
    try {
      await dynamodb().send(
        new UpdateCommand({
          TableName: tableName,
          Key: { pk: partition(incidentId), sk: 'request' },
          UpdateExpression: `SET #status = :status${decidedBy === undefined ? '' : ', decidedBy = :decidedBy'}`,
          ConditionExpression: 'round = :round AND #status = :open',
          ExpressionAttributeNames: { '#status': 'status' },
          ExpressionAttributeValues: {
            ':status': status,
            ':round': round,
            ':open': 'open',
            ...(decidedBy !== undefined && { ':decidedBy': decidedBy }),
          },
        }),
      );
      return true;
    } catch (error) {
      if (!isConditionFailed(error)) throw error;
      return false;
    }
  }
  async function current(incidentId: string): Promise<ApprovalRound | undefined> {
    const { Item } = await dynamodb().send(
      new GetCommand({
        TableName: tableName,
        Key: { pk: partition(incidentId), sk: 'request' },
        ConsistentRead: true,
      }),
    );
    return Item === undefined ? undefined : ApprovalRound.parse(Item);
  }
  return {
    current,
    async open(round, replaced) {
      try {
        await dynamodb().send(
          new PutCommand({
            TableName: tableName,
            Item: { pk: partition(round.incidentId), sk: 'request', ...round },
            ConditionExpression:
              replaced === null
                ? 'attribute_not_exists(pk) OR round = :round'
                : 'round = :replaced OR round = :round',
            ExpressionAttributeValues: {
              ':round': round.round,
              ...(replaced === null ? {} : { ':replaced': replaced }),
            },
          }),
        );
        return true;
      } catch (error) {
        if (!isConditionFailed(error)) throw error;
        return false;
      }
    },
    async record(round, decision) {
      const Key = personKey(round, decision.name);
      if (await putIfAbsent(tableName, { ...Key, ...decision })) return decision;
      const { Item } = await dynamodb().send(
        new GetCommand({ TableName: tableName, Key, ConsistentRead: true }),
      );
      return Decision.parse(Item);
    },
    async decisions({ incidentId, round }) {
      const { Items } = await dynamodb().send(
        new QueryCommand({
          TableName: tableName,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
          ExpressionAttributeValues: { ':pk': partition(incidentId), ':prefix': `person#${round}#` },
          ConsistentRead: true,
        }),
      );
      return (Items ?? []).map((item) => Decision.parse(item));
    },
    async settle(round, status, decidedBy) {
      if (await close(round, { status, decidedBy })) return { first: true, status, decidedBy };
      const stands = await current(round.incidentId);
      const same = stands?.round === round.round;
      return {
        first: false,
        status: same ? stands.status : 'expired',
        decidedBy: same ? stands.decidedBy : undefined,
      };
    },
    async expire(incidentId, round) {
      await close({ incidentId, round }, { status: 'expired', decidedBy: undefined });
    },
  };
}

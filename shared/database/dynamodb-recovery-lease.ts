import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Clock } from '../lambda/clock.ts';
import { dynamodb, isConditionFailed } from '../lambda/dynamodb.ts';
import { ServiceUnavailable } from '../lambda/errors.ts';
import { Timestamp } from '../lambda/timestamp.ts';
import { RecoveryLeaseLost, RecoveryLeaseTaken } from './errors.ts';

const KEY = { pk: 'recovery-lease', sk: 'database' };

/** Who may change the database now. */
export const RecoveryLease = z.object({
  incidentId: z.string(),
  /** ARN of the execution that holds it. */
  executionId: z.string(),
  acquiredAt: Timestamp,
});
export type RecoveryLease = z.infer<typeof RecoveryLease>;

/** Who asks for the lease. */
type Holder = Pick<RecoveryLease, 'incidentId' | 'executionId'>;

/** One database recovery at a time. The lease has no expiry: a restore may take hours, and whether its holder still runs can be asked. */
export interface RecoveryLeases {
  /**
   * Takes the lease, or keeps it when it is held already. That of a holder which has ended without giving it back is taken over.
   * @param isRunning whether an execution still runs.
   * @throws {RecoveryLeaseTaken} while another execution runs with it.
   */
  acquire(holder: Holder, isRunning: (executionId: string) => Promise<boolean>): Promise<RecoveryLease>;
  /**
   * Makes sure, before the database is touched, that nobody else has taken over. A lease that nobody holds is taken: an execution
   * that was stopped and is redriven goes on.
   * @throws {RecoveryLeaseLost}
   */
  requireHeld(holder: Holder): Promise<void>;
  /** Gives the lease back; false when it is not (or no longer) held by this execution. */
  release(executionId: string): Promise<boolean>;
}

/** {@link RecoveryLeases} on one item of the control table, every write conditional. */
export function dynamodbRecoveryLease(tableName: string, clock: Clock): RecoveryLeases {
  async function read(): Promise<RecoveryLease> {
    const { Item } = await dynamodb().send(
      new GetCommand({ TableName: tableName, Key: KEY, ConsistentRead: true }),
    );
    if (Item === undefined)
      throw new ServiceUnavailable('The recovery lease was given back this very moment');
    return RecoveryLease.parse(Item);
  }

  /** Writes the lease unless somebody holds it other than `successorOf`; gives the holder that is in the way. */
  async function put(holder: Holder, successorOf?: string): Promise<RecoveryLease> {
    const lease: RecoveryLease = { ...holder, acquiredAt: clock.now().toISOString() };
    try {
      await dynamodb().send(
        new PutCommand({
          TableName: tableName,
          Item: { ...KEY, ...lease },
          ConditionExpression: 'attribute_not_exists(pk) OR executionId = :predecessor',
          ExpressionAttributeValues: { ':predecessor': successorOf ?? '' },
        }),
      );
      return lease;
    } catch (error) {
      if (!isConditionFailed(error)) throw error;
      return read();
    }
  }

  return {
    async acquire(holder, isRunning) {
      const found = await put(holder);
      if (found.executionId === holder.executionId) return found;
      const lease = (await isRunning(found.executionId)) ? found : await put(holder, found.executionId);
      if (lease.executionId === holder.executionId) return lease;
      throw new RecoveryLeaseTaken(
        `${lease.incidentId} recovers the database since ${lease.acquiredAt}: ${lease.executionId}`,
      );
    },
    async requireHeld(holder) {
      const found = await put(holder);
      if (found.executionId !== holder.executionId)
        throw new RecoveryLeaseLost(`${found.incidentId} has taken over the recovery: ${found.executionId}`);
    },
    async release(executionId) {
      try {
        await dynamodb().send(
          new DeleteCommand({
            TableName: tableName,
            Key: KEY,
            ConditionExpression: 'executionId = :holder',
            ExpressionAttributeValues: { ':holder': executionId },
          }),
        );
        return true;
      } catch (error) {
        if (isConditionFailed(error)) return false;
        throw error;
      }
    },
  };
}

import { dynamodbTimeline } from '../incident/dynamodb-timeline.ts';
import type { Clock } from '../lambda/clock.ts';
import { sendTaskFailure, sendTaskSuccess } from '../lambda/step-functions.ts';
import type { DatabaseServiceEnv } from './database-kind.ts';
import { dynamodbInstanceWaits } from './dynamodb-instance-waits.ts';
import { dynamodbWaitDurations } from './dynamodb-wait-durations.ts';
import { databaseService } from './rds-database.ts';
import type { WaitPorts } from './settle-wait.ts';

/** {@link WaitPorts} on the tables, RDS and Step Functions of the deployed system. */
export function awsWaitPorts(
  env: DatabaseServiceEnv & { readonly CONTROL_TABLE: string; readonly TIMELINE_TABLE: string },
  clock: Clock,
): WaitPorts {
  const databases = databaseService(env);
  return {
    waits: dynamodbInstanceWaits(env.CONTROL_TABLE),
    durations: dynamodbWaitDurations(env.CONTROL_TABLE),
    timeline: dynamodbTimeline(env.TIMELINE_TABLE, clock),
    find: ({ identifier, resourceId }) =>
      resourceId === null ? databases.find(identifier) : databases.findByResourceId(resourceId),
    answerTask: { succeed: sendTaskSuccess, fail: sendTaskFailure },
    clock,
  };
}

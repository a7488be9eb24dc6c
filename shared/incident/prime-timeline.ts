import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../lambda/clock.ts';
import { logger } from '../lambda/logger.ts';
import { dynamodbTimeline } from './dynamodb-timeline.ts';

/** How long an environment may wait for its first answer: one that is primed too late is only slower, one that never starts helps nobody. */
const LIMIT_MILLIS = 1000;

/** No incident has this id. */
const NO_INCIDENT = 'INC-00000000-00000000';

/**
 * Reads an empty timeline while the execution environment starts: credentials, connection, signature and the compiled code of a
 * DynamoDB call are there when the first event comes. Lambda starts environments with more CPU than their memory pays for
 * (AWS Lambda developer guide, "Execution environment lifecycle"), and a procedure that runs once a year meets only cold ones.
 */
async function primeTimeline(table: string): Promise<void> {
  try {
    const read = dynamodbTimeline(table, systemClock).read(NO_INCIDENT);
    const isPrimed = await Promise.race([read.then(() => true), delay(LIMIT_MILLIS, false, { ref: false })]);
    logger().info('Timeline primed', { isPrimed });
  } catch (error) {
    logger().info('Timeline primed', { isPrimed: false, error });
  }
}

const { AWS_LAMBDA_INITIALIZATION_TYPE, TIMELINE_TABLE } = process.env;
// Whoever imports a step elsewhere has no environment to start.
if (AWS_LAMBDA_INITIALIZATION_TYPE !== undefined && TIMELINE_TABLE !== undefined)
  await primeTimeline(TIMELINE_TABLE);

import * as z from 'zod';
import { dynamodbRecoveryLease, RecoveryLease } from '../../shared/database/dynamodb-recovery-lease.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { isExecutionRunning } from '../../shared/lambda/step-functions.ts';

export const AcquireRecoveryLeaseEnv = StepEnv.extend({ CONTROL_TABLE: z.string() });
export type AcquireRecoveryLeaseEnv = z.infer<typeof AcquireRecoveryLeaseEnv>;

/** One database recovery at a time: two of them would rename each other's instances. */
export const handler = step({
  name: 'AcquireRecoveryLease',
  sopStep: '-',
  input: StepInput,
  output: RecoveryLease,
  env: AcquireRecoveryLeaseEnv,
  run: ({ incidentId, executionId }, { env, clock }) =>
    dynamodbRecoveryLease(env.CONTROL_TABLE, clock).acquire({ incidentId, executionId }, isExecutionRunning),
  events: (lease) => [
    {
      type: 'recovery.lease-acquired',
      occurredAt: lease.acquiredAt,
      summary: 'This recovery alone may change the database now',
      detail: lease,
    },
  ],
});

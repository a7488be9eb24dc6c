import * as z from 'zod';
import { confirmationChecks } from '../../shared/database/confirmation-checks.ts';
import { DatabaseInstance } from '../../shared/database/database-instance.ts';
import { dynamodbBaselines } from '../../shared/database/dynamodb-baselines.ts';
import { dynamodbCutOverJournal } from '../../shared/database/dynamodb-cut-over-journal.ts';
import { dynamodbProofs } from '../../shared/database/dynamodb-proofs.ts';
import { dynamodbRecoveryLease } from '../../shared/database/dynamodb-recovery-lease.ts';
import { requireEndpoint } from '../../shared/database/endpoint.ts';
import {
  CutOverNotConfirmed,
  CutOverStateUnexpected,
  DatabaseUnreachable,
} from '../../shared/database/errors.ts';
import { observeData } from '../../shared/database/observe-data.ts';
import { loadPlatformData } from '../../shared/database/platform-data-file.ts';
import { DatabaseAccessEnv, withDatabase } from '../../shared/database/postgres.ts';
import { ProofCheck } from '../../shared/database/proof.ts';
import { describeFailures } from '../../shared/database/proof-check.ts';
import { checkProxy, ProxyEndpointEnv } from '../../shared/database/proxy-endpoint.ts';
import { identifyServer } from '../../shared/database/server-identity.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';
import { Timestamp } from '../../shared/lambda/timestamp.ts';

export const ConfirmCutOverEnv = StepEnv.extend({
  CONTROL_TABLE: z.string().min(1),
  ...DatabaseAccessEnv.shape,
  ...ProxyEndpointEnv.shape,
});
export type ConfirmCutOverEnv = z.infer<typeof ConfirmCutOverEnv>;

/** The name that clients know, and the proxy that they go through, lead to the proven copy, which takes writes and holds what was proven. */
export const handler = step({
  name: 'ConfirmCutOver',
  sopStep: 'PITR 6',
  input: StepInput.extend({ instance: DatabaseInstance }),
  output: z.object({ confirmedAt: Timestamp, checks: z.array(ProofCheck) }),
  env: ConfirmCutOverEnv,
  run: async ({ incidentId, executionId, instance }, { env, clock }) => {
    await dynamodbRecoveryLease(env.CONTROL_TABLE, clock).requireHeld({ incidentId, executionId });
    const verified = await dynamodbProofs(env.CONTROL_TABLE).restored(incidentId);
    if (verified === undefined) {
      throw new CutOverStateUnexpected(
        `${incidentId}: no proof of a copy is stored, with which ${instance.identifier} could be compared`,
      );
    }
    const platform = await loadPlatformData();
    const [identity, observation] = await withDatabase(
      requireEndpoint(instance),
      env,
      async (session) => [await identifyServer(session), await observeData(session, platform, undefined)],
      { readOnly: false },
    );
    if (identity.timelineId !== verified.timelineId) {
      // The old address of a renamed instance is remembered by resolvers for some minutes: worth another try.
      throw new DatabaseUnreachable(
        `${instance.identifier}: leads to timeline ${identity.timelineId} still, not to ${verified.timelineId}`,
        'STALE_ENDPOINT',
      );
    }
    const checks = [
      ...confirmationChecks(identity, observation, platform, verified),
      ...(await checkProxy(env, verified)),
    ];
    const failures = describeFailures(checks);
    if (failures !== undefined) throw new CutOverNotConfirmed(`${instance.identifier}: ${failures}`);
    await dynamodbBaselines(env.CONTROL_TABLE, instance.identifier).supersede({
      incidentId,
      after: verified.restoreTime,
      until: observation.observedAt,
    });
    await dynamodbCutOverJournal(env.CONTROL_TABLE, incidentId, clock).noteConfirmed();
    return { confirmedAt: observation.observedAt, checks };
  },
  events: ({ confirmedAt, checks }, { instance }) => [
    {
      type: 'cut-over.confirmed',
      summary: `${instance.identifier} leads to the proven copy since ${confirmedAt} at the latest`,
      detail: { confirmedAt, resourceId: instance.resourceId, checks },
    },
  ],
});

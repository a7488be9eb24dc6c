import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handler as acquireRecoveryLease } from '../../functions/database/acquire-recovery-lease.ts';
import { handler as releaseRecoveryLease } from '../../functions/database/release-recovery-lease.ts';
import { type RecoveryStandIns, startRecoveryStandIns } from '../fixtures/recovery-stand-ins.ts';
import { type StepFunctionsRig, startStepFunctionsRig } from '../local/step-functions/step-functions-rig.ts';

let standIns: RecoveryStandIns;
let rig: StepFunctionsRig;
let machine: string;
beforeAll(async () => {
  standIns = await startRecoveryStandIns();
  rig = await startStepFunctionsRig({ timeScale: 1 });
  machine = rig.register('point-in-time-restore', {
    StartAt: 'Restoring',
    States: { Restoring: { Type: 'Wait', Seconds: 3600, End: true } },
  });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_SFN: rig.stepFunctions.address,
    TIMELINE_TABLE: standIns.timelineTable,
    CONTROL_TABLE: standIns.controlTable,
  });
});
afterAll(async () => {
  await rig.close();
  await standIns.close();
});

/** Starts a recovery that runs until it is stopped. */
function recovery(incidentId: string) {
  const { executionArn: executionId } = rig.stepFunctions.startExecution({
    stateMachineArn: machine,
    input: '{}',
  });
  const self = { incidentId, executionId };
  return {
    acquire: () => acquireRecoveryLease(self as never, {} as never, undefined as never),
    release: () => releaseRecoveryLease(self as never, {} as never, undefined as never),
    stop: () => rig.client.send(new StopExecutionCommand({ executionArn: executionId })),
  };
}

describe('the lease between executions', () => {
  it('is refused while its holder runs, and passes on when that was stopped', async () => {
    const first = recovery('INC-20260131-00000001');
    const second = recovery('INC-20260131-00000002');
    await first.acquire();
    await expect(second.acquire()).rejects.toMatchObject({
      name: 'RecoveryLeaseTaken',
      message: expect.stringContaining('INC-20260131-00000001'),
    });
    await first.stop();
    expect(await second.acquire()).toMatchObject({ incidentId: 'INC-20260131-00000002' });
    expect(await first.release()).toEqual({ released: false });
    expect(await second.release()).toEqual({ released: true });
    await second.stop();
  });
});

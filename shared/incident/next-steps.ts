import * as z from 'zod';
import { PeopleTask } from '../assessment/damage.ts';

/** An error as Step Functions hands it to a Catch. */
export const Caught = z.object({ Error: z.string(), Cause: z.string().default('') });

/** What reached the end of the machine's own means. */
export const HandOverState = z.object({
  failure: Caught.optional(),
  /** Absent when trading was never to be halted, as in a P1. */
  halt: z.unknown().optional(),
  haltFailure: Caught.optional(),
  strategy: z.object({ peopleTasks: z.array(PeopleTask) }).optional(),
});
export type HandOverState = z.infer<typeof HandOverState>;

/** The error behind the errors: a child execution's failure wraps the one of its own state, a Lambda's wraps its message. */
export interface RootCause {
  readonly error: string;
  readonly message: string;
}

/** Unwraps what Step Functions reports of a failed child execution or function. */
export function rootCause({ Error: error, Cause: cause }: z.infer<typeof Caught>): RootCause {
  const parsed = parseObject(cause);
  if (typeof parsed?.errorType === 'string') {
    return { error: parsed.errorType, message: String(parsed.errorMessage ?? '') };
  }
  if (typeof parsed?.Error === 'string') {
    return rootCause({
      Error: parsed.Error,
      Cause: typeof parsed.Cause === 'string' ? parsed.Cause : '',
    });
  }
  if (parsed?.Status === 'ABORTED') {
    return { error: 'ExecutionAborted', message: `${String(parsed.ExecutionArn)} was stopped` };
  }
  return { error, message: cause };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const AGAIN = 'start service-resumption with {"incidentId": "..."}';
const OTHER_POINT =
  'Choose another restore point and start database-recovery with {"incidentId": "...", "branch": "point-in-time-restore", "restorePoint": "..."}';

/** What a person does next, by the error that stopped the machine. */
const NEXT_STEPS: Readonly<Record<string, string>> = {
  ApprovalDenied: `Resolve what the denial names, then ${AGAIN}`,
  'States.Timeout': `Nobody decided in time, or a step took too long: look at the timeline; when the service is sound, ${AGAIN}`,
  NoRestorePoint: OTHER_POINT,
  RestorePointTooOld: OTHER_POINT,
  RestorePointInFuture: OTHER_POINT,
  RestorePointSuperseded:
    'Points were asked for faster than one could be chosen: agree on one, then start database-recovery with {"incidentId": "...", "branch": "point-in-time-restore", "restorePoint": "..."}',
  RestorePointAfterAccident: `The restore point would bring the damage back: the message names the moment before which it must lie. ${OTHER_POINT}`,
  RestorePointNotRestorable: `RDS has not uploaded its logs up to the restore point: wait or choose an earlier one. ${OTHER_POINT}`,
  VerificationFailed: `The restored copy does not hold what it should; it is kept beside the source. ${OTHER_POINT}`,
  CopyNotQuiet:
    'Subscriptions go on on the copy: switch those that the message names off there (ALTER SUBSCRIPTION ... DISABLE, in their database, as their owner), run docs/database-user.sql on the live database, then start database-recovery again',
  DifferenceUnexplained:
    'The copy lacks something that the source has: the report lists each field. Set it on the copy in the RDS console, then start database-recovery with the same restorePoint: it goes on with this copy',
  DatabaseInstanceBusy:
    'RDS took no change for too long: look at the instance in the RDS console; when it is available, start database-recovery again',
  DatabaseInstanceFailed: `RDS could not restore; its events say why. ${OTHER_POINT}`,
  DatabaseInstanceWaitExpired:
    'Look at the instance in the RDS console; when it is available, start database-recovery again: it continues where it stopped',
  RecoveryLeaseTaken:
    'Another database recovery runs: wait for its end, or stop it and start database-recovery again',
  LedgerBroken:
    'The sealed fingerprints were changed: find out in CloudTrail who wrote to the control table, restore the table beside itself to before that (point-in-time recovery of DynamoDB), put back the items that differ, then start database-recovery again',
  ProofFailed:
    'The live database does not pass its proof: start incident-response again with a restorePoint, or repair and prove by hand',
  PositionsDiffer:
    'Exchange and database hold different positions, or nobody knows: the report lists each. Book what the exchange has into the database, or close it there, until both are equal; then start service-resumption with {"incidentId": "..."}, which compares anew',
  DatabaseInstanceNotFound:
    'RDS does not know the instance: check its name in the RDS console, then start database-recovery again',
  RestorePreflightFailed: `Nothing was created: put right what the message lists (quotas: Service Quotas console; key: KMS console). ${OTHER_POINT}`,
  CopyConfigurationUnsettled:
    'The copy does not take what it was asked to take: set what the message names in the RDS console, then start database-recovery again: it goes on with this copy',
  RestoreRefused: `RDS refused the restore and created nothing: put right what it names. ${OTHER_POINT}`,
  RestoreCapacityMissing:
    'RDS has no machine of this class in any zone of the subnet group: try again later, or have another class put into service; then start database-recovery again',
  RestoreTargetTaken:
    'Every name for the copy is taken: rename or remove what earlier restores left, then start database-recovery again',
  ExecutionAborted:
    'Somebody stopped the procedure, or Step Functions lost it: find out who (CloudTrail, StopExecution). Then start point-in-time-restore with {"incidentId": "...", "restorePoint": null}, which continues a cut-over that is half done ("begunCutOver": "roll-back" undoes it), and afterwards service-resumption with {"incidentId": "..."}',
  RecoveryLeaseLost: 'Another database recovery has taken over: follow that one',
  SourceSessionsRemain:
    'Services come back to the fenced database: stop them by hand, then start database-recovery again',
  FenceNotProven:
    'The old database still takes writes, or cannot be tried: the message says who gets in; run docs/database-user.sql on it if its functions are missing, then start database-recovery again',
  CutOverStateUnexpected:
    'The instances are not where the journal of the cut-over says: look at both in the RDS console before anything else is started',
  ProxyTargetNotAvailable:
    'The cut-over was undone because the proxy could not reach the copy: the message gives the reason of RDS (UNREACHABLE: security groups; AUTH_FAILURE: the secrets of the proxy; PENDING_PROXY_CAPACITY: subnets); put it right, then start database-recovery again',
  CutOverNotProven:
    'The source is fenced and what was to take over was never proven: start point-in-time-restore, or replica-promotion with its "replica", with {"incidentId": "...", "restorePoint": null, "begunCutOver": "roll-back"}, then the recovery again: it goes on with what it has made',
  PromotionPreflightFailed:
    'Nothing was touched: put right what the message lists and start database-recovery with branch replica-promotion again, or restore with branch point-in-time-restore',
  SourceAnswers:
    'The database that was given up for lost answers, and nothing was promoted: look at it before anything else, then start database-recovery with branch connection-restore',
  SourceNameHeld:
    'RDS does not let the lost instance step aside, and nothing was promoted: call AWS support, or promote the replica by hand and lead clients to its endpoint',
  ReplicaLosesMore:
    'A restore keeps more than the replica: start database-recovery with {"incidentId": "...", "branch": "point-in-time-restore", "restorePoint": "..."} and the moment that the message names',
  ReplicaStillReplaying:
    'The replica has not replayed what it has received: look at its load in the RDS console, then start database-recovery with branch replica-promotion again',
  ReplicaNotRecreated:
    'Trading does not wait for it: look at each replica that the message names in the RDS console, rename the one that follows the replaced instance aside, and make a new one of the live database under its name',
  CutOverBegun:
    'A cut-over is half done: start point-in-time-restore with {"incidentId": "...", "restorePoint": null} to continue it, or with "begunCutOver": "roll-back" besides to undo it',
  CutOverNotConfirmed:
    'The cut-over was undone: find out why the name did not lead to the proven copy, then start database-recovery again',
  ApplicationCannotSignIn:
    'An application cannot sign in with the password of its secret: read the refusal (28P01: run docs/database-user.sql and grant testudo_applications to the user; 28000: role or pg_hba), then start database-recovery again',
  ConnectionNeedsPeople:
    'The cause of the lost connection is for people: do what the message says, then start database-recovery with branch connection-restore, which diagnoses anew and proves',
  ConnectionNotRestored:
    'Ordinary users still get no connection in time: look at the sessions in the diagnostics, end what holds them, then start database-recovery again',
  PerformanceNotRestored:
    'The database is still slower than the limit, and no machine may do more: the message says what is slow and which sessions the policy protects; end them or scale by hand, then start database-recovery with branch optimization, which measures anew',
  InstanceChangeRefused:
    'The agreed change of the instance was not made: the message says why; make it by hand in the RDS console, then start database-recovery with branch optimization, which measures anew',
  StatementFailed:
    'A statement of the recovery failed: its message is on the timeline; repair what it names, then start database-recovery again',
  InvalidInput:
    'The input was not understood: the message names the field; start the execution again with it corrected',
  DatabaseUnreachable:
    'The database cannot be reached: check instance, security groups and credentials, then start database-recovery with branch connection-restore or point-in-time-restore',
  TradingEpochChanged: `Somebody halted trading again meanwhile: find out why, then ${AGAIN}`,
  TradingHaltedAgain: `Somebody halted trading again before the incident was closed: find out why, then ${AGAIN}`,
  SalvageConflict:
    'Somebody wrote to the live database after the salvage was planned: nothing was salvaged; start data-salvage again with the same input while trading is halted',
  SalvageBreaksRules:
    'What was to be salvaged no longer keeps the declared rules: nothing was salvaged; read the review file, and start data-salvage again with the same input',
  SalvageRefused:
    'Nothing was salvaged: the message says why; what was lost is in the review file and on the replaced instance',
  ResumeRefused: `Proof or approvals are missing: ${AGAIN}`,
};

/** SOP roles and steps for what stopped, in plain words; never empty. */
export function nextSteps(state: HandOverState): PeopleTask[] {
  const tasks = [...(state.strategy?.peopleTasks ?? [])];
  if (state.haltFailure !== undefined) {
    tasks.unshift({
      component: 'trading',
      sopStep: '1.1 Halt all trading operations',
      action:
        'The halt was not stored: stop the trading services by hand now, then POST /emergency/halt-trading again',
    });
  }
  if (state.failure !== undefined) {
    const { error } = rootCause(state.failure);
    tasks.push({
      component: error,
      sopStep: '3 Recovery Strategy Selection',
      action:
        NEXT_STEPS[error] ??
        'An unexpected error stopped the procedure: read it on the timeline, remove its cause, and start incident-response again',
    });
  }
  if (tasks.length === 0) {
    tasks.push({
      component: 'incident',
      sopStep: '2 Damage Assessment',
      action: 'Assess by hand: no machine recovers this severity',
    });
  }
  return tasks;
}

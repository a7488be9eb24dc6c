import type { LatencyMeasurement } from './latency.ts';
import type { DatabaseProof } from './proof.ts';
import { describeFailures } from './proof-check.ts';
import type { RecordedComparison } from './recorded-comparison.ts';

/** What was looked at although it proved nothing: the checks that passed, and those that did not. */
export type FailedProof = Pick<DatabaseProof, 'checks' | 'layerTimes'>;

/** What kept a connection from being made or lost it: a SQLSTATE (`53300`) or an errno (`ECONNREFUSED`, `ETIMEDOUT`). */
export type ConnectionFault = string;

/** The database cannot be reached, or the connection was lost. `fault` says how; it is no `code`, so that it keeps its own name. */
export class DatabaseUnreachable extends Error {
  override readonly name = 'DatabaseUnreachable';
  readonly fault: ConnectionFault;

  constructor(message: string, fault: ConnectionFault, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}

/** The database answered a statement with an error. */
export class StatementFailed extends Error {
  override readonly name = 'StatementFailed';
  readonly sqlState: string;

  constructor(message: string, sqlState: string, options?: ErrorOptions) {
    super(message, options);
    this.sqlState = sqlState;
  }
}

/** RDS knows no instance of this name or resource. */
export class DatabaseInstanceNotFound extends Error {
  override readonly name = 'DatabaseInstanceNotFound';
}

/** RDS takes no change now because the instance is not `available`: worth another try later. */
export class DatabaseInstanceBusy extends Error {
  override readonly name = 'DatabaseInstanceBusy';
}

/** The instance is in a state that it does not leave by itself. */
export class DatabaseInstanceFailed extends Error {
  override readonly name = 'DatabaseInstanceFailed';
}

/** The instance was not ready within its deadline. */
export class DatabaseInstanceWaitExpired extends Error {
  override readonly name = 'DatabaseInstanceWaitExpired';
}

/** Every name that the restored copy could take belongs to something else. */
export class RestoreTargetTaken extends Error {
  override readonly name = 'RestoreTargetTaken';
}

/** A person asked for another restore point while this one was being chosen: the choice is made anew. */
export class RestorePointSuperseded extends Error {
  override readonly name = 'RestorePointSuperseded';
}

/** Everything that was found wrong with a database before it was touched. */
abstract class PreflightFailed extends Error {
  readonly problems: readonly string[];

  constructor(identifier: string, problems: readonly string[]) {
    super(`${identifier}: ${problems.length} problems: ${problems.join('; ')}`);
    this.problems = problems;
  }
}

/** A restore would fail, or would make a copy unlike its source; the message and `problems` list every reason. Nothing was created. */
export class RestorePreflightFailed extends PreflightFailed {
  override readonly name = 'RestorePreflightFailed';
}

/** After the last pass the restored copy is still not set up as its source is; the message names what is left. */
export class CopyConfigurationUnsettled extends Error {
  override readonly name = 'CopyConfigurationUnsettled';
}

/** Something on the restored copy still runs by itself and could change data there or elsewhere; the message names it. */
export class CopyNotQuiet extends Error {
  override readonly name = 'CopyNotQuiet';
}

/** RDS refuses the restore for a reason that does not pass by itself; nothing was created. */
export class RestoreRefused extends Error {
  override readonly name = 'RestoreRefused';
}

/** RDS has no machine of this class in any zone that the copy may use, now: worth another try later. */
export class RestoreCapacityMissing extends Error {
  override readonly name = 'RestoreCapacityMissing';
}

/** There is neither a restore point from an operator nor a good baseline to derive one from. */
export class NoRestorePoint extends Error {
  override readonly name = 'NoRestorePoint';
}

/** The restore point lies before everything that RDS can restore. */
export class RestorePointTooOld extends Error {
  override readonly name = 'RestorePointTooOld';
}

/** The restore point has not happened yet. */
export class RestorePointInFuture extends Error {
  override readonly name = 'RestorePointInFuture';
}

/** RDS cannot restore to the point, however long one waits. */
export class RestorePointNotRestorable extends Error {
  override readonly name = 'RestorePointNotRestorable';
}

/** The restore point lies after the transaction that did the damage: the copy would hold the damage too. */
export class RestorePointAfterAccident extends Error {
  override readonly name = 'RestorePointAfterAccident';
}

/** Another recovery of the database runs. */
export class RecoveryLeaseTaken extends Error {
  override readonly name = 'RecoveryLeaseTaken';
}

/** Another recovery has taken over: this one must not touch the database any more. */
export class RecoveryLeaseLost extends Error {
  override readonly name = 'RecoveryLeaseLost';
}

/** The restored copy does not hold what it should; the message lists every check that failed. */
export class VerificationFailed extends Error {
  override readonly name = 'VerificationFailed';
  readonly proof: FailedProof;

  constructor(databaseIdentifier: string, proof: FailedProof) {
    super(`${databaseIdentifier}: ${describeFailures(proof.checks)}`);
    this.proof = proof;
  }
}

/** The sealed fingerprints were changed, or some are missing: they prove nothing any more. */
export class LedgerBroken extends Error {
  override readonly name = 'LedgerBroken';
}

/** The restored copy differs from its source in something that no rule explains; the message lists every such field with both values. */
export class DifferenceUnexplained extends Error {
  override readonly name = 'DifferenceUnexplained';
  readonly comparison: RecordedComparison;

  constructor(message: string, comparison: RecordedComparison) {
    super(message);
    this.comparison = comparison;
  }
}

/** The live database does not hold what it should; the message lists every check that failed. */
export class ProofFailed extends Error {
  override readonly name = 'ProofFailed';
  readonly proof: FailedProof;

  constructor(databaseIdentifier: string, proof: FailedProof) {
    super(`${databaseIdentifier}: ${describeFailures(proof.checks)}`);
    this.proof = proof;
  }
}

/** Sessions that may write to the old database come back faster than they can be ended. */
export class SourceSessionsRemain extends Error {
  override readonly name = 'SourceSessionsRemain';
}

/** A write to the fenced source was let through, or nobody can say that it would not be. */
export class FenceNotProven extends Error {
  override readonly name = 'FenceNotProven';
}

/** The instances are not where the journal of the cut-over says: a person must look. */
export class CutOverStateUnexpected extends Error {
  override readonly name = 'CutOverStateUnexpected';
}

/** The proxy has taken the copy as its target and does not reach it yet: worth another look. */
export class ProxyTargetNotAvailable extends Error {
  override readonly name = 'ProxyTargetNotAvailable';
}

/** A cut-over was left half done before what was to take over had been proven: it can only be undone. */
export class CutOverNotProven extends Error {
  override readonly name = 'CutOverNotProven';
}

/** Another restore is asked for while a cut-over is half done: it must be continued or undone first. */
export class CutOverBegun extends Error {
  override readonly name = 'CutOverBegun';
}

/** The name that clients know does not lead to the proven copy. */
export class CutOverNotConfirmed extends Error {
  override readonly name = 'CutOverNotConfirmed';
}

/** An application's present password does not let it in, and could not be made to: no cut-over may lead there. */
export class ApplicationCannotSignIn extends Error {
  override readonly name = 'ApplicationCannotSignIn';
}

/** A fresh connection does not answer in time, or ordinary users still get none. */
export class ConnectionNotRestored extends Error {
  override readonly name = 'ConnectionNotRestored';
}

/** The database is still slower than the limit; the message lists everything that is, and who may not be ended by policy. */
export class PerformanceNotRestored extends Error {
  override readonly name = 'PerformanceNotRestored';
  readonly after: LatencyMeasurement;

  constructor(message: string, after: LatencyMeasurement) {
    super(message);
    this.after = after;
  }
}

/** RDS does not make the change that people agreed on, or it would do more than that; nothing was changed, or nobody can say. */
export class InstanceChangeRefused extends Error {
  override readonly name = 'InstanceChangeRefused';
}

/** The live rows are not as they were when the salvage was planned: somebody has written since. */
export class SalvageConflict extends Error {
  override readonly name = 'SalvageConflict';
}

/** What is to be salvaged would break a declared rule, which it did not when it was planned. */
export class SalvageBreaksRules extends Error {
  override readonly name = 'SalvageBreaksRules';
}

/** Salvage is refused: trading is not halted, the server is another, or the plan is not the approved one. */
export class SalvageRefused extends Error {
  override readonly name = 'SalvageRefused';
}

/** A replica has received more than it has replayed: worth another try. */
export class ReplicaStillReplaying extends Error {
  override readonly name = 'ReplicaStillReplaying';
}

/** A promotion would fail, or would make a database unlike its source; the message and `problems` list every reason. Nothing was changed. */
export class PromotionPreflightFailed extends PreflightFailed {
  override readonly name = 'PromotionPreflightFailed';
}

/** A restore would keep more than the replica does: promoting it would lose data for nothing. */
export class ReplicaLosesMore extends Error {
  override readonly name = 'ReplicaLosesMore';
}

/** The source that a replica is to replace answers: nothing may take its place as if it were dead. */
export class SourceAnswers extends Error {
  override readonly name = 'SourceAnswers';
}

/** RDS lets a lost instance neither be fenced nor be renamed: what takes its place cannot have its name. */
export class SourceNameHeld extends Error {
  override readonly name = 'SourceNameHeld';
}

/** A replica could not be made anew after a cut-over, which stands all the same: a person must look. */
export class ReplicaNotRecreated extends Error {
  override readonly name = 'ReplicaNotRecreated';
}

import type { DbInstance, TerminalStatus } from './instance.ts';
import type { CopyFate } from './next-restore.ts';
import { corruptPage } from './page-corruption.ts';
import { DEFAULT_PARAMETER_GROUP, postgresParameters } from './parameter-groups.ts';
import { recoverToPointInTime } from './point-in-time-recovery.ts';
import { phaseTimer, type RdsContext } from './rds-context.ts';

/** A restore that has been accepted. */
export interface Restore {
  source: DbInstance;
  instance: DbInstance;
  /** UTC with milliseconds. */
  target: string;
  fate?: CopyFate;
}

/** What was planned for a copy has come. */
class CopyDoomed extends Error {
  override readonly name = 'CopyDoomed';
  readonly status: TerminalStatus;

  constructor(status: TerminalStatus) {
    super('the drill wanted it so');
    this.status = status;
  }
}

/** Failures of a recovery after which no attempt on the same backup and WAL can succeed. */
const UNRESTORABLE = new Set([
  'BaseBackupDamaged',
  'RecoveryEndedEarly',
  'RecoveryStoppedElsewhere',
  'RecoveryTargetOutsideWindow',
  'WalArchiveDamaged',
]);

/**
 * Carries a restore out. It never rejects: what came of it is the status of the instance and an event that says
 * why. An instance whose data is not proven never becomes available.
 */
export async function runRestore(context: RdsContext, restore: Restore): Promise<void> {
  const { instance, source, target } = restore;
  try {
    if (restore.fate !== undefined && restore.fate !== 'pending-reboot') throw new CopyDoomed(restore.fate);
    await recoverData(context, restore);
    context.closing.throwIfAborted();
    context.events.emit('RDS-EVENT-0019', instance, `${source.identifier} to ${target}`);
    await context.openEndpoint(instance.identifier);
    instance.createdAt = new Date();
    if (instance.backupRetentionDays > 0) {
      // A cluster is backed up all the time and shows no backup of its own.
      if (!instance.arn.includes(':cluster:')) instance.status = 'backing-up';
      const phase = phaseTimer(context, instance);
      phase.begin('backing-up');
      await context.backups.take(instance);
      phase.end();
    }
    // Only now: a backup looks at the checksum of each page, which a snapshot of RDS does not.
    for (const name of context.copyPages) await corruptPage(instance, name);
    instance.status = 'available';
  } catch (error) {
    const reason = error instanceof Error ? error : new Error(String(error));
    const status = terminalStatus(reason);
    await instance.cluster.stop('immediate');
    instance.status = status;
    context.events.emit('RDS-EVENT-0031', instance, `${status}: ${reason.message}`);
  }
}

function terminalStatus(reason: Error): TerminalStatus {
  if (reason instanceof CopyDoomed) return reason.status;
  return UNRESTORABLE.has(reason.name) ? 'incompatible-restore' : 'failed';
}

async function recoverData(context: RdsContext, { source, instance, target, fate }: Restore): Promise<void> {
  const phase = phaseTimer(context, instance);
  phase.begin('preflight');
  await recoverToPointInTime({
    backups: source.backups,
    archive: source.archive,
    target,
    cluster: instance.cluster,
    sourceParameters: source.cluster.parameters,
    account: context.host.account,
    signal: context.closing,
    onPhase: phase.begin,
  });
  if (fate === 'pending-reboot') instance.activeParameterGroup = DEFAULT_PARAMETER_GROUP;
  const parameters = postgresParameters(instance.activeParameterGroup);
  if (JSON.stringify(parameters) !== JSON.stringify(instance.cluster.parameters)) {
    phase.begin('parameter-group');
    await instance.cluster.stop('fast');
    instance.cluster.configure(parameters);
    await instance.cluster.start();
  }
  phase.end();
  for (const sql of context.copyDamage) {
    await instance.cluster.withAdmin((client) => client.query(sql), instance.attributes.DBName);
  }
}

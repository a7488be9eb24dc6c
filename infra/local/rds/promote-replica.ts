import { z } from 'zod';
import type { DbInstance } from './instance.ts';
import type { RdsContext } from './rds-context.ts';
import { RdsRequestRefused } from './rds-errors.ts';
import { field, parseFields, type QueryFields } from './rds-query.ts';
import { promoteStandby } from './replication.ts';
import { requireAvailable, restartServer, settle } from './restart-instance.ts';

const PromoteRequest = z.strictObject({
  DBInstanceIdentifier: field.text,
  BackupRetentionPeriod: field.whole.min(0).max(35).default(1),
  PreferredBackupWindow: field.text.optional(),
});

/**
 * PromoteReadReplica: the replica leaves its source for good, on a timeline of its own, restarts, and takes its first backup. What the
 * source committed and the replica had not received is not on it. There is no way back.
 *
 * @throws {RdsRequestRefused} `DBInstanceNotFound`, or `InvalidDBInstanceState` unless it is an `available` replica.
 */
export function promoteReadReplica(context: RdsContext, fields: QueryFields): DbInstance {
  const request = parseFields(PromoteRequest, fields);
  const replica = context.instances.get(request.DBInstanceIdentifier);
  requireAvailable(replica);
  const source = replica.replicaOf;
  if (source === undefined) {
    throw new RdsRequestRefused(
      'InvalidDBInstanceState',
      `DB Instance ${replica.identifier} is not a read replica.`,
    );
  }
  replica.status = 'modifying';
  context.startJob(
    settle(context, replica, async () => {
      await promoteStandby(source, replica);
      replica.replicaOf = undefined;
      replica.replicationStatus = undefined;
      context.events.emit('RDS-EVENT-0057', replica);
      replica.status = 'rebooting';
      await restartServer(context, replica);
      replica.backupRetentionDays = request.BackupRetentionPeriod;
      if (request.PreferredBackupWindow) {
        const { PreferredBackupWindow } = request;
        replica.attributes = { ...replica.attributes, PreferredBackupWindow };
      }
      if (replica.backupRetentionDays > 0) {
        replica.status = 'backing-up';
        await context.backups.take(replica);
      }
    }),
  );
  return replica;
}

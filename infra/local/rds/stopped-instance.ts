import { z } from 'zod';
import type { DbInstance } from './instance.ts';
import type { RdsContext } from './rds-context.ts';
import { RdsRequestRefused } from './rds-errors.ts';
import { field, parseFields, type QueryFields } from './rds-query.ts';
import { requireAvailable, settle } from './restart-instance.ts';

const StartRequest = z.strictObject({ DBInstanceIdentifier: field.text });

/**
 * What StopDBInstance does: the server goes down in order, and RDS says so. Endpoint, settings and backups stay.
 *
 * @throws {RdsRequestRefused} `InvalidDBInstanceState` unless the instance is `available`.
 */
export async function stopInstance(context: RdsContext, instance: DbInstance): Promise<void> {
  requireAvailable(instance);
  instance.status = 'stopping';
  await context.backups.withoutUploads(instance, () => instance.cluster.stop('fast'));
  instance.status = 'stopped';
  context.events.emit('RDS-EVENT-0087', instance);
}

/**
 * StartDBInstance.
 *
 * @throws {RdsRequestRefused} `DBInstanceNotFound`, or `InvalidDBInstanceState` unless the instance is `stopped`.
 */
export function startInstance(context: RdsContext, fields: QueryFields): DbInstance {
  const request = parseFields(StartRequest, fields);
  const instance = context.instances.get(request.DBInstanceIdentifier);
  if (instance.status !== 'stopped') {
    throw new RdsRequestRefused(
      'InvalidDBInstanceState',
      `Instance ${instance.identifier} cannot be started as it is not in one of the following statuses: 'stopped, inaccessible-encryption-credentials-recoverable, incompatible-network'.`,
    );
  }
  instance.status = 'starting';
  context.startJob(
    settle(context, instance, async () => {
      await instance.cluster.start();
      context.events.emit('RDS-EVENT-0088', instance);
    }),
  );
  return instance;
}

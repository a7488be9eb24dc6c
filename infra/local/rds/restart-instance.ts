import { z } from 'zod';
import { type DbInstance, type InstanceStatus, standbyZone } from './instance.ts';
import { postgresParameters } from './parameter-groups.ts';
import { PostgresDidNotStart } from './postgres-cluster.ts';
import { phaseTimer, type RdsContext } from './rds-context.ts';
import { RdsRequestRefused } from './rds-errors.ts';
import { field, parseFields, type QueryFields } from './rds-query.ts';

const RebootRequest = z.strictObject({
  DBInstanceIdentifier: field.text,
  ForceFailover: field.flag.default(false),
});

/**
 * RebootDBInstance: restarts the server, with the parameter group that the instance is associated with. A server
 * that was down comes up again.
 *
 * @throws {RdsRequestRefused} `DBInstanceNotFound` or `InvalidDBInstanceState`.
 */
export function rebootInstance(context: RdsContext, fields: QueryFields): DbInstance {
  const request = parseFields(RebootRequest, fields);
  const instance = context.instances.get(request.DBInstanceIdentifier);
  requireAvailable(instance);
  if (request.ForceFailover && !instance.attributes.MultiAZ) {
    throw new RdsRequestRefused(
      'InvalidParameterCombination',
      'You cannot force a failover of a DB instance that is not Multi-AZ.',
    );
  }
  instance.status = 'rebooting';
  const work = request.ForceFailover ? failOver : restartServer;
  context.startJob(settle(context, instance, () => work(context, instance)));
  return instance;
}

/**
 * The standby of a Multi-AZ instance takes over: what the primary has acknowledged is there, because the standby had it before. The
 * laptop keeps one cluster: it drops the server as a lost machine would be dropped, starts it on the same files, and exchanges the zones.
 */
async function failOver(context: RdsContext, instance: DbInstance): Promise<void> {
  context.events.emit('RDS-EVENT-0013', instance);
  await context.backups.withoutUploads(instance, async () => {
    await instance.cluster.stop('immediate');
    const group = instance.parameterGroup;
    instance.cluster.configure(postgresParameters(group));
    await instance.cluster.start();
    instance.activeParameterGroup = group;
  });
  instance.attributes = {
    ...instance.attributes,
    AvailabilityZone: standbyZone(instance.attributes),
    SecondaryAvailabilityZone: instance.attributes.AvailabilityZone,
  };
  context.events.emit('RDS-EVENT-0049', instance);
}

/**
 * Checks that an instance may be changed. While its storage is optimised it works as ever, and all but its storage may be changed.
 *
 * @throws {RdsRequestRefused} `InvalidDBInstanceState`.
 */
export function requireAvailable(instance: DbInstance, changesStorage = false): void {
  const optimizing = instance.status === 'storage-optimization' && !changesStorage;
  if (instance.status !== 'available' && !optimizing) {
    throw new RdsRequestRefused(
      'InvalidDBInstanceState',
      `Database instance ${instance.identifier} is not in available state: ${instance.status}.`,
    );
  }
}

/**
 * Ends all sessions and starts the server anew, with what the instance's parameter group says now.
 *
 * @param whileDown what is only safe to do while nobody is connected.
 * @throws {PostgresDidNotStart} when the server refuses its settings.
 */
export async function restartServer(
  context: RdsContext,
  instance: DbInstance,
  whileDown: () => void = () => undefined,
): Promise<void> {
  await context.backups.withoutUploads(instance, async () => {
    await instance.cluster.stop('fast');
    context.events.emit('RDS-EVENT-0004', instance);
    whileDown();
    const group = instance.parameterGroup;
    instance.cluster.configure(postgresParameters(group));
    await instance.cluster.start();
    instance.activeParameterGroup = group;
  });
  context.events.emit('RDS-EVENT-0006', instance);
}

/**
 * Carries out work on an instance, and gives the instance the status that comes of it. It never rejects.
 *
 * @param settled the status after work that has succeeded.
 */
export async function settle(
  context: RdsContext,
  instance: DbInstance,
  work: () => Promise<void>,
  settled: InstanceStatus = 'available',
): Promise<void> {
  const phase = phaseTimer(context, instance);
  phase.begin(instance.status);
  try {
    await work();
    instance.status = settled;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const parameters = error instanceof PostgresDidNotStart;
    instance.status = parameters ? 'incompatible-parameters' : 'failed';
    context.events.emit(
      parameters ? 'RDS-EVENT-0035' : 'RDS-EVENT-0031',
      instance,
      `${instance.status}: ${reason}`,
    );
  }
  phase.end();
}

import type { PreflightPromotionEnv } from '../../../functions/database/preflight-promotion.ts';
import type { PromoteReplicaEnv } from '../../../functions/database/promote-replica.ts';
import type { RecordReplicaPositionEnv } from '../../../functions/database/record-replica-position.ts';
import type { RecreateReplicasEnv } from '../../../functions/database/recreate-replicas.ts';
import type { ReportReplicasEnv } from '../../../functions/database/report-replicas.ts';
import { accessVariables } from '../database-variables.ts';
import { defineFunction, type FunctionDefinition } from '../function-definition.ts';
import { pageVariables } from '../page-variables.ts';
import { permissionsOn } from '../permissions.ts';
import { rdsPermissions } from '../rds-permissions.ts';
import type { Resources } from '../resources.ts';

/** A replica takes the place of an instance that is lost, until it is promoted; from there on it is a copy like a restored one. */
export function promotionFunctions(resources: Resources): FunctionDefinition[] {
  const { configuration, controlTable, timelineTable } = resources;
  const may = permissionsOn(resources);
  const rds = rdsPermissions(resources);
  const timeline = { TIMELINE_TABLE: timelineTable.tableName };
  const control = { CONTROL_TABLE: controlTable.tableName };
  return [
    defineFunction<PreflightPromotionEnv>('database/preflight-promotion', {
      environment: { ...timeline, DATABASE_IDENTIFIER: configuration.database.identifier },
      permissions: [may.appendTimeline, ...rds.describePromotion, ...rds.describeBackups],
    }),
    defineFunction<RecordReplicaPositionEnv>('database/record-replica-position', {
      inDatabaseNetwork: true,
      timeoutSeconds: 55,
      environment: { ...timeline, ...control, ...accessVariables(resources) },
      permissions: [may.appendTimeline, may.control('Query'), may.signIn],
    }),
    defineFunction<RecreateReplicasEnv>('database/recreate-replicas', {
      timeoutSeconds: 55,
      environment: {
        ...timeline,
        ...control,
        DATABASE_IDENTIFIER: configuration.database.identifier,
        REPLICA_IDENTIFIERS: JSON.stringify(configuration.database.replicas),
      },
      permissions: [may.appendTimeline, may.control('GetItem', 'PutItem'), ...rds.recreateReplicas],
    }),
    defineFunction<ReportReplicasEnv>('database/report-replicas', {
      environment: { ...timeline, ...pageVariables(resources) },
      permissions: [may.appendTimeline, ...may.page],
    }),
    defineFunction<PromoteReplicaEnv>('database/promote-replica', {
      timeoutSeconds: 55,
      environment: { ...timeline, ...control },
      permissions: [
        may.appendTimeline,
        may.control('GetItem', 'PutItem'),
        ...rds.describePromotion,
        ...rds.promoteReplica,
      ],
    }),
  ];
}

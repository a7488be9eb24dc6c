import type { ConfirmCutOverEnv } from '../../../functions/database/confirm-cut-over.ts';
import type { DeregisterSourceEnv } from '../../../functions/database/deregister-source.ts';
import type { EndSourceSessionsEnv } from '../../../functions/database/end-source-sessions.ts';
import type { FenceSourceEnv } from '../../../functions/database/fence-source.ts';
import type { FindBegunCutOverEnv } from '../../../functions/database/find-begun-cut-over.ts';
import type { ProveFenceEnv } from '../../../functions/database/prove-fence.ts';
import type { ProveSourceDownEnv } from '../../../functions/database/prove-source-down.ts';
import type { RegisterRestoredEnv } from '../../../functions/database/register-restored.ts';
import type { RenameRestoredEnv } from '../../../functions/database/rename-restored.ts';
import type { RenameSourceEnv } from '../../../functions/database/rename-source.ts';
import type { ReopenSourceEnv } from '../../../functions/database/reopen-source.ts';
import type { RetireSourceEnv } from '../../../functions/database/retire-source.ts';
import type { RollBackCutOverEnv } from '../../../functions/database/roll-back-cut-over.ts';
import {
  accessVariables,
  cutOverVariables,
  databaseServiceVariables,
  proxyVariables,
} from '../database-variables.ts';
import { defineFunction, type FunctionDefinition } from '../function-definition.ts';
import { permissionsOn } from '../permissions.ts';
import { rdsPermissions } from '../rds-permissions.ts';
import type { Resources } from '../resources.ts';

/** The proven copy takes the name that clients know, and the way back. */
export function cutOverFunctions(resources: Resources): FunctionDefinition[] {
  const { controlTable, timelineTable, quarantineSecurityGroupId } = resources;
  const may = permissionsOn(resources);
  const rds = rdsPermissions(resources);
  const journaled = { TIMELINE_TABLE: timelineTable.tableName, CONTROL_TABLE: controlTable.tableName };
  const access = accessVariables(resources);
  const served = { ...journaled, ...databaseServiceVariables(resources) };
  /** Lease and journal of the cut-over, and sight of both instances whatever they are called by now. */
  const swap = [
    may.appendTimeline,
    may.control('GetItem', 'PutItem', 'Query'),
    rds.findInstances,
    ...rds.describeTarget,
  ];
  return [
    defineFunction<FindBegunCutOverEnv>('database/find-begun-cut-over', {
      environment: journaled,
      permissions: [may.appendTimeline, may.control('GetItem', 'PutItem', 'Query')],
    }),
    defineFunction<FenceSourceEnv>('database/fence-source', {
      timeoutSeconds: 55,
      environment: {
        ...served,
        QUARANTINE_SECURITY_GROUP_ID: quarantineSecurityGroupId,
        ...cutOverVariables(resources),
      },
      permissions: [...swap, rds.fenceSource],
    }),
    defineFunction<EndSourceSessionsEnv>('database/end-source-sessions', {
      inDatabaseNetwork: true,
      timeoutSeconds: 55,
      environment: { ...journaled, ...access },
      permissions: [may.appendTimeline, may.control('GetItem', 'PutItem', 'Query'), may.signIn],
    }),
    defineFunction<ProveFenceEnv>('database/prove-fence', {
      inDatabaseNetwork: true,
      timeoutSeconds: 55,
      environment: {
        ...journaled,
        ...access,
        FENCE_PROBE_USER: resources.configuration.database.fenceProbeUser,
      },
      permissions: [may.appendTimeline, may.control('GetItem', 'PutItem'), may.signIn, may.tryFence],
    }),
    defineFunction<ProveSourceDownEnv>('database/prove-source-down', {
      inDatabaseNetwork: true,
      timeoutSeconds: 55,
      environment: {
        ...journaled,
        ...access,
        FENCE_PROBE_USER: resources.configuration.database.fenceProbeUser,
      },
      permissions: [may.appendTimeline, may.control('GetItem', 'PutItem'), may.tryFence],
    }),
    defineFunction<ReopenSourceEnv>('database/reopen-source', {
      inDatabaseNetwork: true,
      timeoutSeconds: 55,
      environment: { ...journaled, ...access },
      permissions: [may.appendTimeline, may.control('GetItem', 'PutItem', 'Query'), may.signIn],
    }),
    defineFunction<DeregisterSourceEnv>('database/deregister-source', {
      timeoutSeconds: 55,
      environment: served,
      permissions: [...swap, ...rds.deregisterTarget],
    }),
    defineFunction<RegisterRestoredEnv>('database/register-restored', {
      timeoutSeconds: 55,
      environment: served,
      permissions: [...swap, ...rds.registerTarget],
    }),
    defineFunction<RenameSourceEnv>('database/rename-source', {
      timeoutSeconds: 55,
      environment: served,
      permissions: [...swap, rds.renameSource],
    }),
    defineFunction<RenameRestoredEnv>('database/rename-restored', {
      timeoutSeconds: 55,
      environment: served,
      permissions: [...swap, rds.renameRestored],
    }),
    defineFunction<ConfirmCutOverEnv>('database/confirm-cut-over', {
      inDatabaseNetwork: true,
      timeoutSeconds: 110,
      environment: { ...journaled, ...access, ...proxyVariables(resources) },
      permissions: [may.appendTimeline, may.control('GetItem', 'PutItem', 'Query'), may.signIn],
    }),
    defineFunction<RetireSourceEnv>('database/retire-source', {
      timeoutSeconds: 55,
      environment: served,
      permissions: [may.appendTimeline, may.control('Query'), rds.describeInstances, rds.retireReplaced],
    }),
    defineFunction<RollBackCutOverEnv>('database/roll-back-cut-over', {
      timeoutSeconds: 55,
      environment: served,
      permissions: [...swap, rds.rollBack, ...rds.deregisterTarget, ...rds.registerTarget],
    }),
  ];
}

import type { CutOverAction, CutOverPlan, SeenInstance, SeenInstances } from './cut-over.ts';
import type { CutOverJournal, JournalledCutOver } from './dynamodb-cut-over-journal.ts';
import { CutOverStateUnexpected, DatabaseInstanceBusy } from './errors.ts';
import { securityGroupIds } from './instance-settings.ts';
import { findInstanceByResourceId, modifyInstance, type RdsInstance } from './rds.ts';

/** Both instances of a swap as RDS shows them now. */
export async function seeInstances(
  plan: Pick<CutOverPlan, 'sourceResourceId' | 'restoredResourceId'>,
): Promise<SeenInstances> {
  const [source, restored] = await Promise.all([
    findInstanceByResourceId(plan.sourceResourceId),
    findInstanceByResourceId(plan.restoredResourceId),
  ]);
  return { source: source && seen(source), restored: restored && seen(restored) };
}

/** A rename that RDS has agreed to may show as a pending value before the status says so. */
function seen(instance: RdsInstance): SeenInstance {
  const { DBInstanceIdentifier, DBInstanceStatus, PendingModifiedValues } = instance;
  return {
    identifier: DBInstanceIdentifier ?? '',
    status:
      PendingModifiedValues?.DBInstanceIdentifier === undefined
        ? (DBInstanceStatus ?? 'unknown')
        : 'renaming',
    securityGroupIds: securityGroupIds(instance),
  };
}

/**
 * Asks RDS for one change, with a line in the journal before and after; gives what was done, for people.
 * @throws {DatabaseInstanceBusy} when it must wait: worth another try later.
 */
export async function carryOut(action: CutOverAction, journal: CutOverJournal): Promise<string> {
  if (action.kind === 'nothing') return 'nothing to do';
  if (action.kind === 'wait') throw new DatabaseInstanceBusy(action.reason);
  const text =
    action.kind === 'move'
      ? `move ${action.identifier} into ${action.securityGroupIds.join(', ')}`
      : `rename ${action.identifier} to ${action.newIdentifier}`;
  await journal.note('intended', text);
  await modifyInstance(
    action.kind === 'move'
      ? { DBInstanceIdentifier: action.identifier, VpcSecurityGroupIds: [...action.securityGroupIds] }
      : { DBInstanceIdentifier: action.identifier, NewDBInstanceIdentifier: action.newIdentifier },
  );
  await journal.note('done', text);
  return text;
}

/**
 * The plan that the journal holds for this execution.
 * @throws {CutOverStateUnexpected} when it has none: nothing may be renamed then.
 */
export async function requirePlan(journal: CutOverJournal, executionId: string): Promise<CutOverPlan> {
  const journalled = await journal.read();
  if (journalled === undefined || journalled.rolledBack || journalled.plan.executionId !== executionId)
    throw new CutOverStateUnexpected(
      `${executionId}: the journal holds no plan of this execution to go on with`,
    );
  return journalled.plan;
}

/** The source as it was before an interrupted cut-over moved it into quarantine: what a copy must be set up like. */
export function asBeforeCutOver(source: RdsInstance, journalled: JournalledCutOver | undefined): RdsInstance {
  if (journalled === undefined || journalled.rolledBack) return source;
  const { sourceResourceId, sourceSecurityGroupIds } = journalled.plan;
  if (sourceResourceId !== source.DbiResourceId) return source;
  const VpcSecurityGroups = sourceSecurityGroupIds.map((VpcSecurityGroupId) => ({
    VpcSecurityGroupId,
    Status: 'active',
  }));
  return { ...source, VpcSecurityGroups };
}

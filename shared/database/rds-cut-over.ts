import type { CutOverAction, CutOverPlan, SeenInstance, SeenInstances } from './cut-over.ts';
import type { CutOverJournal, JournalledCutOver } from './dynamodb-cut-over-journal.ts';
import { CutOverStateUnexpected, DatabaseInstanceBusy } from './errors.ts';
import type { DatabaseService, RestorableDatabase } from './restorable-database.ts';

/** Both instances of a swap as RDS shows them now. */
export async function seeInstances(
  service: DatabaseService,
  plan: Pick<CutOverPlan, 'sourceResourceId' | 'restoredResourceId'>,
): Promise<SeenInstances> {
  const [source, restored] = await Promise.all([
    service.findByResourceId(plan.sourceResourceId),
    service.findByResourceId(plan.restoredResourceId),
  ]);
  return { source: source && seen(source), restored: restored && seen(restored) };
}

/** A rename that RDS has agreed to may show as a pending value before the status says so. */
function seen({ identifier, status, renamePending, securityGroupIds }: RestorableDatabase): SeenInstance {
  return { identifier, status: renamePending ? 'renaming' : status, securityGroupIds };
}

/**
 * Asks RDS for one change, with a line in the journal before and after; gives what was done, for people.
 * @throws {DatabaseInstanceBusy} when it must wait: worth another try later.
 */
export async function carryOut(
  service: DatabaseService,
  action: CutOverAction,
  journal: CutOverJournal,
): Promise<string> {
  if (action.kind === 'nothing') return 'nothing to do';
  if (action.kind === 'wait') throw new DatabaseInstanceBusy(action.reason);
  const text =
    action.kind === 'move'
      ? `move ${action.identifier} into ${action.securityGroupIds.join(', ')}`
      : `rename ${action.identifier} to ${action.newIdentifier}`;
  await journal.note('intended', text);
  if (action.kind === 'move') await service.move(action.identifier, action.securityGroupIds);
  else await service.rename(action.identifier, action.newIdentifier);
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
export function asBeforeCutOver(
  source: RestorableDatabase,
  journalled: JournalledCutOver | undefined,
): RestorableDatabase {
  if (journalled === undefined || journalled.rolledBack) return source;
  const { sourceResourceId, sourceSecurityGroupIds } = journalled.plan;
  if (sourceResourceId !== source.resourceId) return source;
  return { ...source, securityGroupIds: sourceSecurityGroupIds };
}

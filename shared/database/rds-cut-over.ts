import type { CutOverAction, CutOverPlan, SeenInstance, SeenInstances } from './cut-over.ts';
import type { CutOverJournal, JournalledCutOver } from './dynamodb-cut-over-journal.ts';
import { CutOverStateUnexpected, DatabaseInstanceBusy, SourceNameHeld } from './errors.ts';
import { deregisterTarget, findProxyTarget, registerTarget } from './rds-proxy.ts';
import { isLost } from './readiness.ts';
import type { DatabaseService, RestorableDatabase } from './restorable-database.ts';

/** Both instances of a swap, and where its proxy leads, as RDS shows them now. */
export async function seeInstances(
  service: DatabaseService,
  plan: Pick<CutOverPlan, 'sourceResourceId' | 'restoredResourceId' | 'proxy'>,
): Promise<SeenInstances> {
  const [source, restored, target] = await Promise.all([
    service.findByResourceId(plan.sourceResourceId),
    service.findByResourceId(plan.restoredResourceId),
    plan.proxy === null ? undefined : findProxyTarget(plan.proxy),
  ]);
  return {
    source: source && seen(source),
    restored: restored && seen(restored),
    target: target?.identifier,
  };
}

/** A rename that RDS has agreed to may show as a pending value before the status says so. */
function seen({
  identifier,
  status,
  renamePending,
  securityGroupIds,
  endpoint,
}: RestorableDatabase): SeenInstance {
  const port = endpoint?.port ?? null;
  return {
    identifier,
    status: renamePending ? 'renaming' : status,
    securityGroupIds,
    ...(endpoint !== null && port !== null && { endpoint: { host: endpoint.host, port } }),
  };
}

/**
 * {@link carryOut} on the source of a cut-over.
 * @throws {SourceNameHeld} when the source is lost and RDS does not let it step aside: no waiting changes that.
 */
export async function carryOutOnSource(
  service: DatabaseService,
  action: CutOverAction,
  journal: CutOverJournal,
  source: SeenInstance | undefined,
): Promise<string> {
  try {
    return await carryOut(service, action, journal);
  } catch (error) {
    if (!(error instanceof DatabaseInstanceBusy) || source === undefined || !isLost(source.status))
      throw error;
    throw new SourceNameHeld(
      `${source.identifier}: RDS says ${source.status} and changes nothing of it (${error.message}), so that its name cannot be given on`,
      { cause: error },
    );
  }
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
  const text = describeChange(action);
  await journal.note('intended', text);
  await change(service, action);
  await journal.note('done', text);
  return text;
}

type Change = Exclude<CutOverAction, { kind: 'nothing' | 'wait' }>;

function describeChange(action: Change): string {
  const { identifier } = action;
  switch (action.kind) {
    case 'move':
      return `move ${identifier} into ${action.securityGroupIds.join(', ')}`;
    case 'rename':
      return `rename ${identifier} to ${action.newIdentifier}`;
    default:
      return `${action.kind} ${identifier} ${action.kind === 'register' ? 'with' : 'from'} ${action.proxy.name}`;
  }
}

async function change(service: DatabaseService, action: Change): Promise<void> {
  const { identifier } = action;
  switch (action.kind) {
    case 'move':
      return service.move(identifier, action.securityGroupIds);
    case 'rename':
      return service.rename(identifier, action.newIdentifier);
    case 'register':
      return registerTarget(action.proxy, identifier);
    default:
      return deregisterTarget(action.proxy, identifier);
  }
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

import * as z from 'zod';
import { CutOverStateUnexpected } from './errors.ts';
import { isLost, readinessOf } from './readiness.ts';

/** The way of the clients to the database, where it does not go by its name (`database.cutOver` of the configuration). */
export const CutOverProxy = z.object({
  /** Of an RDS Proxy. */
  name: z.string().min(1),
  targetGroup: z.string().min(1),
});
export type CutOverProxy = z.infer<typeof CutOverProxy>;

/** What a cut-over swaps, decided before anything is touched. */
export const CutOverPlan = z.object({
  /** The execution that carries it out, and the only one that may undo it. */
  executionId: z.string().min(1),
  /** The name that clients know: the source has it before, the copy after. */
  sourceIdentifier: z.string().min(1),
  sourceResourceId: z.string().min(1),
  restoredIdentifier: z.string().min(1),
  restoredResourceId: z.string().min(1),
  /** The name under which the source is kept. */
  replacedIdentifier: z.string().min(1),
  /** Groups of the source before it was fenced, sorted. */
  sourceSecurityGroupIds: z.array(z.string()).min(1),
  quarantineSecurityGroupId: z.string().min(1),
  /** Whose target is swapped as well; null where clients go by the name alone. */
  proxy: CutOverProxy.nullable().default(null),
});
export type CutOverPlan = z.infer<typeof CutOverPlan>;

/** An instance as it is seen now, whatever its name. */
export interface SeenInstance {
  readonly identifier: string;
  readonly status: string;
  /** Sorted. */
  readonly securityGroupIds: readonly string[];
  /** Where it listens; absent where RDS names no endpoint. */
  readonly endpoint?: { readonly host: string; readonly port: number };
}

/** Both instances of a plan, found by resource id. */
export interface SeenInstances {
  readonly source: SeenInstance | undefined;
  readonly restored: SeenInstance | undefined;
  /** Identifier of the instance to which the proxy of the plan leads; absent while it leads nowhere, or where there is none. */
  readonly target?: string | undefined;
}

/** One change that RDS is asked for, or what keeps it from being asked. */
export type CutOverAction =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'wait'; readonly reason: string }
  | { readonly kind: 'move'; readonly identifier: string; readonly securityGroupIds: readonly string[] }
  | { readonly kind: 'rename'; readonly identifier: string; readonly newIdentifier: string }
  | { readonly kind: 'deregister' | 'register'; readonly proxy: CutOverProxy; readonly identifier: string };

const NOTHING: CutOverAction = { kind: 'nothing' };

/**
 * Moves the source into quarantine. A proxy that leads to a third instance is found before anything is touched.
 * @throws {CutOverStateUnexpected}
 */
export function fenceSource(plan: CutOverPlan, seen: SeenInstances): CutOverAction {
  const found = present(seen.source, plan.sourceResourceId);
  requireOwnTarget(plan, seen);
  if (found.identifier === plan.replacedIdentifier) return NOTHING;
  requireName(found, plan.sourceIdentifier);
  // A fence that is just being taken down, or put up, must be seen as it comes out.
  if (isFenced(plan, found)) return isChanging(found) ? waitFor(found) : NOTHING;
  return whenMovable(found, {
    kind: 'move',
    identifier: found.identifier,
    securityGroupIds: [plan.quarantineSecurityGroupId],
  });
}

/**
 * Takes the source out of its proxy; never before its fence stands. From here until {@link registerRestored} the proxy leads nowhere.
 * @throws {CutOverStateUnexpected}
 */
export function deregisterSource(plan: CutOverPlan, seen: SeenInstances): CutOverAction {
  const proxy = requireProxy(plan);
  const found = present(seen.source, plan.sourceResourceId);
  requireOwnTarget(plan, seen);
  if (!isTarget(found, seen)) return NOTHING;
  if (!isFenced(plan, found)) return { kind: 'wait', reason: `${found.identifier} is not fenced yet` };
  return { kind: 'deregister', proxy, identifier: found.identifier };
}

/**
 * Sets the source aside under another name; never before its fence stands, nor while a proxy leads to it: RDS does not say what becomes
 * of the target of an instance that gets another name.
 * @throws {CutOverStateUnexpected}
 */
export function renameSource(plan: CutOverPlan, seen: SeenInstances): CutOverAction {
  const found = present(seen.source, plan.sourceResourceId);
  if (found.identifier === plan.replacedIdentifier) return NOTHING;
  requireName(found, plan.sourceIdentifier);
  if (isTarget(found, seen))
    return { kind: 'wait', reason: `${found.identifier} is still the target of the proxy` };
  if (!isFenced(plan, found)) return { kind: 'wait', reason: `${found.identifier} is not fenced yet` };
  return whenMovable(found, {
    kind: 'rename',
    identifier: found.identifier,
    newIdentifier: plan.replacedIdentifier,
  });
}

/**
 * Gives the copy the name that clients know; never before the source has left it.
 * @throws {CutOverStateUnexpected}
 */
export function renameRestored(plan: CutOverPlan, { source, restored }: SeenInstances): CutOverAction {
  const found = present(restored, plan.restoredResourceId);
  if (found.identifier === plan.sourceIdentifier) return NOTHING;
  requireName(found, plan.restoredIdentifier);
  if (source?.identifier === plan.sourceIdentifier)
    return { kind: 'wait', reason: `${source.identifier} is still the name of the source` };
  return whenSettled(found, {
    kind: 'rename',
    identifier: found.identifier,
    newIdentifier: plan.sourceIdentifier,
  });
}

/**
 * Lets the proxy lead to the copy; never before the copy has the name, so that no target is ever renamed.
 * @throws {CutOverStateUnexpected}
 */
export function registerRestored(plan: CutOverPlan, seen: SeenInstances): CutOverAction {
  const proxy = requireProxy(plan);
  const found = present(seen.restored, plan.restoredResourceId);
  if (found.identifier === plan.restoredIdentifier)
    return { kind: 'wait', reason: `${found.identifier} does not have the name yet` };
  requireName(found, plan.sourceIdentifier);
  if (isTarget(found, seen)) return NOTHING;
  if (seen.target !== undefined)
    return { kind: 'wait', reason: `${proxy.name} still leads to ${seen.target}` };
  return whenSettled(found, { kind: 'register', proxy, identifier: found.identifier });
}

/**
 * The next change on the way back, last one first, by what is seen and not by what was noted: after an interruption nobody knows
 * whether RDS had agreed. `nothing` when the source serves its name again in its own groups, and is the target of its proxy.
 * @throws {CutOverStateUnexpected} when an instance is where no step of the plan has put it.
 */
export function rollBack(plan: CutOverPlan, seen: SeenInstances): CutOverAction {
  const { source, restored } = seen;
  const old = present(source, plan.sourceResourceId);
  requireOwnTarget(plan, seen);
  if (plan.proxy !== null && restored !== undefined && isTarget(restored, seen))
    return { kind: 'deregister', proxy: plan.proxy, identifier: restored.identifier };
  if (restored?.identifier === plan.sourceIdentifier) {
    return whenSettled(restored, {
      kind: 'rename',
      identifier: restored.identifier,
      newIdentifier: plan.restoredIdentifier,
    });
  }
  // A rename that RDS has agreed to and not yet carried out could take the name at any moment.
  if (restored !== undefined && isChanging(restored)) return waitFor(restored);
  if (old.identifier !== plan.sourceIdentifier) {
    requireName(old, plan.replacedIdentifier);
    return whenMovable(old, {
      kind: 'rename',
      identifier: old.identifier,
      newIdentifier: plan.sourceIdentifier,
    });
  }
  if (String(old.securityGroupIds) !== String(plan.sourceSecurityGroupIds)) {
    return whenMovable(old, {
      kind: 'move',
      identifier: old.identifier,
      securityGroupIds: plan.sourceSecurityGroupIds,
    });
  }
  // A lost one serves nobody: there is nothing that its proxy could lead to.
  if (isLost(old.status)) return NOTHING;
  if (readinessOf(old.status) !== 'ready') return waitFor(old);
  if (plan.proxy === null || isTarget(old, seen)) return NOTHING;
  return { kind: 'register', proxy: plan.proxy, identifier: old.identifier };
}

/**
 * The plan of this execution. What an interrupted execution had begun on the same source is adopted, with what it must be able to undo;
 * a cut-over that was undone, or whose copy has become the source since, is history.
 * @param fresh the plan as it would be if nothing had been begun.
 * @throws {CutOverStateUnexpected} when something else has been begun, or the source is in quarantine and nobody noted its groups.
 */
export function planCutOver(fresh: CutOverPlan, begun: CutOverPlan | undefined): CutOverPlan {
  const { sourceResourceId, executionId } = fresh;
  if (begun !== undefined && begun.sourceResourceId === sourceResourceId) {
    const { replacedIdentifier, sourceSecurityGroupIds, proxy } = begun;
    return { ...fresh, replacedIdentifier, sourceSecurityGroupIds, proxy };
  }
  if (begun !== undefined && begun.restoredResourceId !== sourceResourceId) {
    throw new CutOverStateUnexpected(
      `${executionId}: ${begun.executionId} has begun to replace ${begun.sourceResourceId} and was neither finished nor undone`,
    );
  }
  if (fresh.sourceSecurityGroupIds.length === 0)
    throw new CutOverStateUnexpected(
      `${sourceResourceId}: RDS shows no security groups that a roll-back could restore`,
    );
  if (fresh.sourceSecurityGroupIds.includes(fresh.quarantineSecurityGroupId)) {
    throw new CutOverStateUnexpected(
      `${fresh.sourceIdentifier}: is in quarantine, and its groups before that are not known`,
    );
  }
  return fresh;
}

function isTarget(instance: SeenInstance, { target }: SeenInstances): boolean {
  return target === instance.identifier;
}

/** @throws {CutOverStateUnexpected} when the proxy leads to an instance that the plan does not know. */
function requireOwnTarget({ proxy }: CutOverPlan, { source, restored, target }: SeenInstances): void {
  if (target === undefined || target === source?.identifier || target === restored?.identifier) return;
  throw new CutOverStateUnexpected(
    `${proxy?.name}: leads to ${target}, which is neither the source nor its copy`,
  );
}

/** @throws {CutOverStateUnexpected} when there is none. */
function requireProxy({ proxy, executionId }: CutOverPlan): CutOverProxy {
  if (proxy === null)
    throw new CutOverStateUnexpected(`${executionId}: the plan names no proxy whose target could be swapped`);
  return proxy;
}

function isFenced(plan: CutOverPlan, source: SeenInstance): boolean {
  return String(source.securityGroupIds) === plan.quarantineSecurityGroupId;
}

function isChanging({ status }: SeenInstance): boolean {
  return status === 'renaming' || status === 'modifying';
}

/** RDS takes changes only while an instance is available. */
function whenSettled(instance: SeenInstance, action: CutOverAction): CutOverAction {
  return readinessOf(instance.status) === 'ready' ? action : waitFor(instance);
}

/** A source that is lost for good can only step aside; RDS itself decides whether it lets it. */
function whenMovable(source: SeenInstance, action: CutOverAction): CutOverAction {
  return isLost(source.status) ? action : whenSettled(source, action);
}

/** @throws {CutOverStateUnexpected} when the instance will not become available by itself. */
function waitFor({ identifier, status }: SeenInstance): CutOverAction {
  if (readinessOf(status) === 'failed')
    throw new CutOverStateUnexpected(`${identifier}: status ${status}, which RDS does not leave by itself`);
  return { kind: 'wait', reason: `${identifier} is ${status}` };
}

function present(instance: SeenInstance | undefined, resourceId: string): SeenInstance {
  if (instance === undefined) throw new CutOverStateUnexpected(`${resourceId}: RDS no longer has it`);
  return instance;
}

function requireName({ identifier }: SeenInstance, expected: string): void {
  if (identifier !== expected)
    throw new CutOverStateUnexpected(`identifier: expected ${expected}, found ${identifier}`);
}

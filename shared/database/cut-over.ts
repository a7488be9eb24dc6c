import * as z from 'zod';
import { CutOverStateUnexpected } from './errors.ts';
import { readinessOf } from './readiness.ts';

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
});
export type CutOverPlan = z.infer<typeof CutOverPlan>;

/** An instance as it is seen now, whatever its name. */
export interface SeenInstance {
  readonly identifier: string;
  readonly status: string;
  /** Sorted. */
  readonly securityGroupIds: readonly string[];
}

/** Both instances of a plan, found by resource id. */
export interface SeenInstances {
  readonly source: SeenInstance | undefined;
  readonly restored: SeenInstance | undefined;
}

/** One change that RDS is asked for, or what keeps it from being asked. */
export type CutOverAction =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'wait'; readonly reason: string }
  | { readonly kind: 'move'; readonly identifier: string; readonly securityGroupIds: readonly string[] }
  | { readonly kind: 'rename'; readonly identifier: string; readonly newIdentifier: string };

const NOTHING: CutOverAction = { kind: 'nothing' };

/**
 * Moves the source into quarantine.
 * @throws {CutOverStateUnexpected}
 */
export function fenceSource(plan: CutOverPlan, { source }: SeenInstances): CutOverAction {
  const found = present(source, plan.sourceResourceId);
  if (found.identifier === plan.replacedIdentifier) return NOTHING;
  requireName(found, plan.sourceIdentifier);
  // A fence that is just being taken down, or put up, must be seen as it comes out.
  if (isFenced(plan, found)) return isChanging(found) ? waitFor(found) : NOTHING;
  return whenSettled(found, {
    kind: 'move',
    identifier: found.identifier,
    securityGroupIds: [plan.quarantineSecurityGroupId],
  });
}

/**
 * Sets the source aside under another name; never before its fence stands.
 * @throws {CutOverStateUnexpected}
 */
export function renameSource(plan: CutOverPlan, { source }: SeenInstances): CutOverAction {
  const found = present(source, plan.sourceResourceId);
  if (found.identifier === plan.replacedIdentifier) return NOTHING;
  requireName(found, plan.sourceIdentifier);
  if (!isFenced(plan, found)) return { kind: 'wait', reason: `${found.identifier} is not fenced yet` };
  return whenSettled(found, {
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
 * The next change on the way back, last one first, by what is seen and not by what was noted: after an interruption nobody knows
 * whether RDS had agreed. `nothing` when the source serves its name again in its own groups.
 * @throws {CutOverStateUnexpected} when an instance is where no step of the plan has put it.
 */
export function rollBack(plan: CutOverPlan, { source, restored }: SeenInstances): CutOverAction {
  const old = present(source, plan.sourceResourceId);
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
    return whenSettled(old, {
      kind: 'rename',
      identifier: old.identifier,
      newIdentifier: plan.sourceIdentifier,
    });
  }
  if (String(old.securityGroupIds) !== String(plan.sourceSecurityGroupIds)) {
    return whenSettled(old, {
      kind: 'move',
      identifier: old.identifier,
      securityGroupIds: plan.sourceSecurityGroupIds,
    });
  }
  return readinessOf(old.status) === 'ready' ? NOTHING : waitFor(old);
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
    const { replacedIdentifier, sourceSecurityGroupIds } = begun;
    return { ...fresh, replacedIdentifier, sourceSecurityGroupIds };
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

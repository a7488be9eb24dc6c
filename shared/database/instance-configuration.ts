import type { CopyMove } from './copy-configuration.ts';
import { missingSettings } from './instance-settings.ts';
import type { ModifyRequest, RdsInstance } from './rds.ts';
import { isReady } from './readiness.ts';
import { seenInstance } from './seen-instance.ts';

/** What is still to be done to a copied instance. */
export type InstanceMove =
  | Exclude<CopyMove, { kind: 'modify' }>
  | (Extract<CopyMove, { kind: 'modify' }> & { readonly settings: Partial<ModifyRequest> });

/**
 * The one next thing that makes a copy like its source, by what RDS shows of both now. A parameter group counts only once the server
 * runs with it, for which RDS wants a restart ("Working with parameter groups", RDS User Guide).
 * @throws {DatabaseInstanceFailed} when the copy is in a state that RDS does not leave.
 */
export function nextInstanceMove(source: RdsInstance, copy: RdsInstance): InstanceMove {
  if (!isReady({ identifier: copy.DBInstanceIdentifier ?? '', resourceId: null }, seenInstance(copy)))
    return { kind: 'await' };
  const settings = missingSettings(source, copy);
  const asked = Object.keys(settings).sort();
  if (asked.length > 0) return { kind: 'modify', asked, settings };
  const groups = copy.DBParameterGroups ?? [];
  if (groups.some(({ ParameterApplyStatus }) => ParameterApplyStatus === 'pending-reboot'))
    return { kind: 'restart' };
  const unfinished = unfinishedParts(copy);
  return unfinished.length > 0 ? { kind: 'wait', for: unfinished } : { kind: 'none' };
}

function unfinishedParts(copy: RdsInstance): string[] {
  return [
    ...(copy.DBParameterGroups ?? []).map(({ DBParameterGroupName: name, ParameterApplyStatus: status }) => ({
      name: `parameter group ${name}`,
      status,
    })),
    ...(copy.OptionGroupMemberships ?? []).map(({ OptionGroupName: name, Status: status }) => ({
      name: `option group ${name}`,
      status,
    })),
  ]
    .filter(({ status }) => status !== undefined && status !== 'in-sync')
    .map(({ name, status }) => `${name} (${status})`)
    .concat(pendingValues(copy));
}

function pendingValues({ PendingModifiedValues: pending = {} }: RdsInstance): string[] {
  return Object.entries(pending)
    .filter(([, value]) => value !== undefined)
    .map(([name]) => `${name} (pending)`);
}

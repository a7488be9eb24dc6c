import { RestoreTargetTaken } from './errors.ts';
import { readinessOf } from './readiness.ts';
import type { RestorableDatabase } from './restorable-database.ts';

/** Longest identifier of RDS. */
const MAX_IDENTIFIER_LENGTH = 63;
/** An incident may restore again after a failed or wrong copy, which is kept; not without end. */
const MAX_COPIES = 5;

/** Whose copy of what an instance is, as its tags say. */
export interface CopyIdentity {
  readonly incidentId: string;
  readonly sourceResourceId: string;
  readonly restoreTime: string;
}

/** Names that an incident may use beside an instance, in order: `<identifier>-<role>-<8 hex of the incident>`, then `…-2` and so on. */
export function namesBeside(
  identifier: string,
  role: 'restored' | 'replaced',
  incidentId: string,
): readonly string[] {
  return Array.from({ length: MAX_COPIES }, (_, index) => {
    const suffix = `-${role}-${incidentId.slice(-8)}${index === 0 ? '' : `-${index + 1}`}`;
    const stem = identifier.slice(0, MAX_IDENTIFIER_LENGTH - suffix.length).replace(/-+$/, '');
    return `${stem}${suffix}`;
  });
}

/** Tags that say what a restored copy is. */
export function copyTags({
  incidentId,
  sourceResourceId,
  restoreTime,
}: CopyIdentity): Record<string, string> {
  return {
    'testudo:incident': incidentId,
    'testudo:role': 'restored',
    'testudo:source': sourceResourceId,
    'testudo:restore-time': restoreTime,
  };
}

/** The tags that a copy has from its source: without those of AWS itself, such as CloudFormation's, which nobody else can set. */
export function carriedTags(tags: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !/^(aws|testudo):/.test(key)));
}

/**
 * What a name is good for: `free`, `ours` to go on with, or `spent` on another copy of this incident (another restore point, or one
 * that failed), which is kept.
 * @throws {RestoreTargetTaken} when it belongs to somebody else.
 */
export function nameState(
  identifier: string,
  holder: Pick<RestorableDatabase, 'status' | 'tags'> | undefined,
  identity: CopyIdentity,
): 'free' | 'ours' | 'spent' {
  if (holder === undefined) return 'free';
  const { tags, status } = holder;
  if (tags['testudo:incident'] !== identity.incidentId)
    throw new RestoreTargetTaken(`${identifier}: exists and does not belong to ${identity.incidentId}`);
  const same = Object.entries(copyTags(identity)).every(([key, value]) => tags[key] === value);
  return same && readinessOf(status) !== 'failed' ? 'ours' : 'spent';
}

import { missingClusterSettings, missingMemberSettings } from './cluster-settings.ts';
import type { CopyMove } from './copy-configuration.ts';
import { DatabaseInstanceFailed } from './errors.ts';
import type { ModifyRequest, RdsInstance } from './rds.ts';
import type { ClusterModifyRequest, RdsCluster } from './rds-clusters.ts';
import { isReady, readinessOf } from './readiness.ts';
import { seenCluster } from './seen-cluster.ts';

/** Longest identifier of RDS. */
const MAX_IDENTIFIER_LENGTH = 63;

/** A member that the copy lacks, and the member of the source that it is to be like. */
interface MissingMember {
  readonly identifier: string;
  readonly like: RdsInstance;
}

/** What a modification of a copied cluster is made of. */
export interface ClusterChanges {
  readonly members: readonly MissingMember[];
  readonly settings: Partial<ClusterModifyRequest>;
  readonly memberSettings: readonly {
    readonly identifier: string;
    readonly settings: Partial<ModifyRequest>;
  }[];
}

/** What is still to be done to a copied cluster. */
export type ClusterMove =
  | Exclude<CopyMove, { kind: 'modify' | 'restart' }>
  | { readonly kind: 'modify'; readonly asked: readonly string[]; readonly changes: ClusterChanges }
  | { readonly kind: 'restart'; readonly members: readonly string[] };

/**
 * The one next thing that makes a copy like its source: first a writer, for a restored cluster has no members; then the readers; then
 * settings; then the restart that a parameter group waits for.
 * @throws {DatabaseInstanceFailed} when the copy, or one of its members, is in a state that RDS does not leave.
 */
export function nextClusterMove(source: RdsCluster, copy: RdsCluster): ClusterMove {
  const seen = seenCluster(copy);
  if (!isReady({ identifier: seen.identifier, resourceId: null }, seen)) return { kind: 'await' };
  requireNoneFailed(copy.members);
  const members = missingMembers(source, copy);
  if (members.length > 0) return modify({ members, settings: {}, memberSettings: [] });
  const settings = missingClusterSettings(source.cluster, copy.cluster);
  const memberSettings = copy.members.flatMap((member, index) => {
    const like = source.members[index];
    const missing = like === undefined ? {} : missingMemberSettings(like, member);
    return Object.keys(missing).length === 0 ? [] : [{ identifier: nameOf(member), settings: missing }];
  });
  if (Object.keys(settings).length > 0 || memberSettings.length > 0)
    return modify({ members: [], settings, memberSettings });
  const waiting = waitingForRestart(copy);
  if (waiting.length > 0) return { kind: 'restart', members: waiting };
  const unfinished = unfinishedParts(copy);
  return unfinished.length > 0 ? { kind: 'wait', for: unfinished } : { kind: 'none' };
}

/** Role of a member by its place, e.g. `writer`, `reader 1`. */
export function roleAt(index: number): string {
  return index === 0 ? 'writer' : `reader ${index}`;
}

/** Name of a member of a copy, e.g. `<copy>-member-1`. */
function memberName(copyIdentifier: string, index: number): string {
  const suffix = `-member-${index + 1}`;
  return `${copyIdentifier.slice(0, MAX_IDENTIFIER_LENGTH - suffix.length).replace(/-+$/, '')}${suffix}`;
}

/** Only the first member that a cluster gets is its writer for certain: readers are made when it is there. */
function missingMembers(source: RdsCluster, copy: RdsCluster): MissingMember[] {
  const present = new Set(copy.members.map(nameOf));
  const all = source.members.map((like, index) => ({
    identifier: memberName(copy.cluster.DBClusterIdentifier ?? '', index),
    like,
  }));
  if (copy.members.length === 0) return all.slice(0, 1);
  return all.filter(({ identifier }) => !present.has(identifier)).slice(0, all.length - present.size);
}

function modify(changes: ClusterChanges): ClusterMove {
  const asked = [
    ...changes.members.map(({ identifier }) => `member ${identifier}`),
    ...Object.keys(changes.settings).map((name) => `cluster.${name}`),
    ...changes.memberSettings.flatMap(({ identifier, settings }) =>
      Object.keys(settings).map((name) => `${identifier}.${name}`),
    ),
  ].sort();
  return { kind: 'modify', asked, changes };
}

/** A cluster parameter group and the groups of the members count only once the servers run with them. */
function waitingForRestart({ cluster, members }: RdsCluster): string[] {
  const byCluster = (cluster.DBClusterMembers ?? []).filter(
    ({ DBClusterParameterGroupStatus: status }) => status === 'pending-reboot',
  );
  const names = new Set(byCluster.map(({ DBInstanceIdentifier = '' }) => DBInstanceIdentifier));
  return members
    .filter(
      (member) =>
        names.has(nameOf(member)) ||
        member.DBParameterGroups?.some(({ ParameterApplyStatus: status }) => status === 'pending-reboot'),
    )
    .map(nameOf);
}

function unfinishedParts({ cluster, members }: RdsCluster): string[] {
  const groups = [
    ...(cluster.DBClusterMembers ?? []).map((member) => ({
      name: `cluster parameter group on ${member.DBInstanceIdentifier}`,
      status: member.DBClusterParameterGroupStatus,
    })),
    ...members.flatMap((member) =>
      (member.DBParameterGroups ?? []).map((group) => ({
        name: `parameter group ${group.DBParameterGroupName} of ${nameOf(member)}`,
        status: group.ParameterApplyStatus,
      })),
    ),
  ];
  const pending = [cluster.PendingModifiedValues, ...members.map((member) => member.PendingModifiedValues)];
  return [
    ...groups
      .filter(({ status }) => status !== undefined && status !== 'in-sync')
      .map(({ name, status }) => `${name} (${status})`),
    ...pending.flatMap((values = {}) =>
      Object.entries(values)
        .filter(([, value]) => value !== undefined)
        .map(([name]) => `${name} (pending)`),
    ),
  ];
}

function requireNoneFailed(members: readonly RdsInstance[]): void {
  for (const member of members) {
    const status = member.DBInstanceStatus ?? 'unknown';
    if (readinessOf(status) === 'failed')
      throw new DatabaseInstanceFailed(
        `${nameOf(member)}: status ${status}, which RDS does not leave by itself`,
      );
  }
}

function nameOf({ DBInstanceIdentifier = '' }: RdsInstance): string {
  return DBInstanceIdentifier;
}

import type { RdsInstance } from './rds.ts';
import { readinessOf } from './readiness.ts';
import { isReplicaOf, seenInstance } from './seen-instance.ts';

/** What a replica is to its source. */
export type ReplicaState =
  /** It follows the source still. */
  | { readonly kind: 'replica' }
  /** This incident has promoted it before, with what was committed up to then. */
  | { readonly kind: 'promoted'; readonly restoreTime: string };

/** What a replica must have in common with its source, since no modification during a recovery should have to change it. */
const SHARED = [
  'DBInstanceClass',
  'Engine',
  'EngineVersion',
  'StorageType',
  'KmsKeyId',
] as const satisfies readonly (keyof RdsInstance)[];

/** Whether a replica still follows its source, or was promoted by this incident already; undefined when it is neither. */
export function replicaState(
  source: RdsInstance,
  replica: RdsInstance,
  incidentId: string,
): ReplicaState | undefined {
  if (isReplicaOf(replica, source)) return { kind: 'replica' };
  const { tags, follows } = seenInstance(replica);
  const restoreTime = tags['testudo:restore-time'];
  const ours = tags['testudo:incident'] === incidentId && tags['testudo:source'] === source.DbiResourceId;
  return follows === undefined && ours && restoreTime !== undefined
    ? { kind: 'promoted', restoreTime }
    : undefined;
}

/** Everything that speaks against promoting a replica in the place of its source, one sentence each; empty when nothing does. */
export function promotionProblems(source: RdsInstance, replica: RdsInstance, incidentId: string): string[] {
  const status = replica.DBInstanceStatus ?? 'unknown';
  const [size, needed] = [replica.AllocatedStorage ?? 0, source.AllocatedStorage ?? 0];
  return [
    ...(replicaState(source, replica, incidentId) === undefined
      ? [
          `it follows ${replica.ReadReplicaSourceDBInstanceIdentifier ?? 'nobody'}, not ${source.DBInstanceIdentifier}`,
        ]
      : []),
    ...(readinessOf(status) === 'ready' ? [] : [`its status is ${status}`]),
    ...SHARED.filter((name) => source[name] !== replica[name]).map(
      (name) => `${name}: the source has ${source[name] ?? 'none'}, the replica ${replica[name] ?? 'none'}`,
    ),
    ...(size >= needed ? [] : [`AllocatedStorage: the source has ${needed} GiB, the replica ${size} GiB`]),
  ];
}

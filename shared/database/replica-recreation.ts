import { ReplicaNotRecreated } from './errors.ts';
import { carriedSettings } from './instance-settings.ts';
import type { RdsInstance, ReplicaRequest } from './rds.ts';
import { readinessOf } from './readiness.ts';
import { carriedTags, namesBeside } from './restored-copy.ts';
import { isReplicaOf, seenInstance } from './seen-instance.ts';

/** Everything about one replica that decides what is to be done about it. */
export interface ReplicaFacts {
  /** The name that its readers know. */
  readonly name: string;
  /** What has that name now. */
  readonly holder: RdsInstance | undefined;
  /** What has the name under which an old replica is set aside. */
  readonly aside: RdsInstance | undefined;
  /** The database that clients use since the cut-over. */
  readonly live: RdsInstance;
  /** The database that it took over from. */
  readonly replaced: RdsInstance;
  /** This replica itself has become the live database. */
  readonly promoted: boolean;
  readonly incidentId: string;
}

/** The one next thing to do about a replica. */
export type ReplicaMove =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'wait'; readonly reason: string }
  | { readonly kind: 'rename'; readonly identifier: string; readonly newIdentifier: string }
  | { readonly kind: 'create'; readonly request: ReplicaRequest };

/** The name under which an old replica is kept. */
export function asideName(name: string, incidentId: string): string {
  return namesBeside(name, 'replaced', incidentId)[0] ?? name;
}

/**
 * A replica stays with the instance that it follows, so its readers would go on reading what was replaced: the old one steps aside and
 * is kept, and a new one of the same settings follows the live database under the name that readers know. Nothing to do where there never
 * was one, or where it follows the live database already.
 * @throws {ReplicaNotRecreated} when the name belongs to something else, or the old one takes no change any more.
 */
export function nextReplicaMove(facts: ReplicaFacts): ReplicaMove {
  const { name, holder, aside, live, replaced, promoted, incidentId } = facts;
  if (holder === undefined) {
    const model = aside !== undefined && isReplicaOf(aside, replaced) ? aside : promoted ? live : undefined;
    if (model === undefined) return { kind: 'nothing' };
    return whenSettled(live, { kind: 'create', request: replicaRequest(name, model, live) });
  }
  if (isReplicaOf(holder, live)) return { kind: 'nothing' };
  if (!isReplicaOf(holder, replaced)) {
    throw new ReplicaNotRecreated(
      `${name}: follows ${holder.ReadReplicaSourceDBInstanceIdentifier ?? 'nobody'}, neither ${live.DBInstanceIdentifier} nor what that has replaced`,
    );
  }
  return whenSettled(holder, {
    kind: 'rename',
    identifier: name,
    newIdentifier: asideName(name, incidentId),
  });
}

/** @throws {ReplicaNotRecreated} when waiting will not help. */
function whenSettled(instance: RdsInstance, move: ReplicaMove): ReplicaMove {
  const status = instance.DBInstanceStatus ?? 'unknown';
  const readiness = readinessOf(status);
  if (readiness === 'failed')
    throw new ReplicaNotRecreated(
      `${instance.DBInstanceIdentifier}: status ${status}, which RDS does not leave by itself`,
    );
  return readiness === 'ready'
    ? move
    : { kind: 'wait', reason: `${instance.DBInstanceIdentifier} is ${status}` };
}

/** A replica like the model. Subnet group, engine and licence are those of its source, and RDS refuses to be told some of them. */
function replicaRequest(name: string, model: RdsInstance, live: RdsInstance): ReplicaRequest {
  const {
    DBSubnetGroupName: _subnetGroup,
    LicenseModel: _licence,
    BackupRetentionPeriod: _retention,
    PreferredBackupWindow: _window,
    EngineLifecycleSupport: _lifecycle,
    ...settings
  } = carriedSettings(model);
  const { MonitoringInterval, MonitoringRoleArn } = model;
  return {
    ...settings,
    ...(MonitoringInterval !== undefined &&
      MonitoringInterval > 0 && { MonitoringInterval, MonitoringRoleArn }),
    DBInstanceIdentifier: name,
    SourceDBInstanceIdentifier: live.DBInstanceIdentifier,
    Tags: Object.entries(carriedTags(seenInstance(model).tags)).map(([Key, Value]) => ({ Key, Value })),
  };
}

import type { CopyMove } from './copy-configuration.ts';
import type { ComparisonRules, DatabaseNames } from './difference-conditions.ts';
import { DatabaseInstanceNotFound } from './errors.ts';

/** A database as RDS shows it at one moment, of whichever kind it is: what the rules of a recovery need to know. */
export interface RestorableDatabase {
  /** The name that its endpoint follows. */
  readonly identifier: string;
  /** Stays with the data through every rename. */
  readonly resourceId: string;
  readonly arn: string;
  /** Status of RDS, e.g. `available`; where it has several parts, that of the part that is least ready. */
  readonly status: string;
  /** Where clients reach it; null while it has no endpoint. */
  readonly endpoint: { readonly host: string; readonly port: number | null } | null;
  readonly engineVersion: string;
  /** The groups that let clients in, without those that are on their way out; sorted. */
  readonly securityGroupIds: readonly string[];
  /** False while a group is being added or taken away. */
  readonly securityGroupsSettled: boolean;
  /** A rename that RDS has agreed to may show before the status says so. */
  readonly renamePending: boolean;
  readonly iamAuthentication: boolean;
  readonly deletionProtection: boolean;
  /** Days; undefined where RDS does not say. */
  readonly backupRetentionDays: number | undefined;
  /** RFC 3339 UTC. */
  readonly latestRestorableTime: string | null;
  /** Null where storage is not allocated beforehand. */
  readonly storageGibibytes: number | null;
  readonly tags: Readonly<Record<string, string>>;
  /** The database that this one is a replica of; absent where it stands alone. */
  readonly follows?: string;
  /** The databases that are replicas of this one. */
  readonly followers: readonly string[];
  /** RDS keeps a standby of it in another zone. */
  readonly multiAz: boolean;
  /** Zone in which its one server runs; empty where it has several, or none yet. */
  readonly availabilityZone: string;
}

/** Both ends of what the automated backups can restore, RFC 3339 UTC. */
export interface RestoreWindow {
  readonly earliest: string | null;
  readonly latest: string | null;
}

/** A restore that is asked for. */
export interface RestoreOrder {
  /** The source, as the copy is to be set up: during an interrupted cut-over not as it is now. */
  readonly source: RestorableDatabase;
  /** Name of the copy. */
  readonly identifier: string;
  /** RFC 3339 UTC. */
  readonly restoreTime: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** A group, role or key that a copy will need because its source uses it. */
export interface UsedSetting {
  readonly what: GrantedSetting;
  readonly name: string;
}

/** What the permissions of the recovery name one by one. */
export type GrantedSetting =
  | 'subnet group'
  | 'parameter group'
  | 'cluster parameter group'
  | 'option group'
  | 'monitoring role'
  | 'storage key';

/** What a restore of a database counts against, and what its copy will use. */
export interface RestoreNeeds {
  readonly quotas: readonly {
    readonly subject: 'instance-quota' | 'cluster-quota' | 'storage-quota';
    readonly needed: number;
    /** What is counted, for people. */
    readonly unit: string;
    /** Undefined where RDS tells no such quota. */
    readonly told: { readonly used: number; readonly max: number } | undefined;
  }[];
  readonly settings: readonly UsedSetting[];
}

/** What is to be done next to a copy, and how. */
export interface PlannedMove {
  readonly move: CopyMove;
  /** Asks RDS for it. @throws {DatabaseInstanceBusy} when the copy takes no change now. */
  readonly carryOut: () => Promise<void>;
}

/** A database, everything that can be said of it, and its names. */
export interface PicturedDatabase {
  readonly names: DatabaseNames;
  /** A JSON document. */
  readonly picture: object;
}

/** Source and copy at one moment, and what they may differ in. */
interface PicturedPair {
  readonly source: PicturedDatabase;
  readonly copy: PicturedDatabase;
  readonly rules: ComparisonRules;
}

/**
 * A managed service that holds databases and can restore them beside themselves. Every change is asked for and carried out later;
 * asking again for what is there already is harmless.
 */
export interface DatabaseService {
  /** The database of this name; undefined when there is none. */
  find(identifier: string): Promise<RestorableDatabase | undefined>;
  /** The database that holds this resource id, whatever its name is now; undefined when there is none. */
  findByResourceId(resourceId: string): Promise<RestorableDatabase | undefined>;
  /** Undefined when it has no active automated backup. */
  restoreWindow(database: RestorableDatabase): Promise<RestoreWindow | undefined>;
  /** @throws {DatabaseInstanceNotFound} */
  restoreNeeds(source: RestorableDatabase): Promise<RestoreNeeds>;
  /**
   * Starts a restore into a new database.
   * @throws {ServiceUnavailable} when the name has been taken since it was looked up: look again, it may be by ourselves.
   * @throws {RestorePointNotRestorable} when the point is refused.
   * @throws {RestoreCapacityMissing} when there is no machine of the class now.
   * @throws {RestoreRefused} for another reason: a quota, the storage key, a group.
   */
  startRestore(order: RestoreOrder): Promise<void>;
  /**
   * The one next thing that makes a copy like its source, by what RDS shows of both now.
   * @param source as the copy is to be set up.
   * @throws {DatabaseInstanceFailed} when the copy is in a state that RDS does not leave.
   */
  nextMove(source: RestorableDatabase, copyIdentifier: string): Promise<PlannedMove>;
  /**
   * Pictures of both, taken at the same time.
   * @throws {DatabaseInstanceBusy} while the copy is being changed: nothing that is compared then would last.
   * @throws {DatabaseInstanceFailed} when the copy cannot be used.
   */
  pictures(source: RestorableDatabase, copyIdentifier: string): Promise<PicturedPair>;
  /**
   * Gives it these security groups and no others.
   * @throws {DatabaseInstanceBusy} when it takes no change now; so do the following.
   */
  move(identifier: string, securityGroupIds: readonly string[]): Promise<void>;
  rename(identifier: string, newIdentifier: string): Promise<void>;
  /** Nobody deletes it by mistake any more. */
  protect(identifier: string): Promise<void>;
  /** Starts what was stopped. */
  start(identifier: string): Promise<void>;
  /** Adds tags; those that are there already stay. */
  addTags(database: RestorableDatabase, tags: Readonly<Record<string, string>>): Promise<void>;
  /** Everything that can be said of it, for people. @throws {DatabaseInstanceNotFound} */
  wholeDescription(identifier: string): Promise<unknown>;
  /** The last lines of the log of the server that takes writes, oldest first. */
  recentLogLines(identifier: string, lineCount: number): Promise<string[]>;
}

/**
 * The database of this name.
 * @throws {DatabaseInstanceNotFound}
 */
export async function requireDatabase(
  service: DatabaseService,
  identifier: string,
): Promise<RestorableDatabase> {
  const database = await service.find(identifier);
  if (database === undefined) throw new DatabaseInstanceNotFound(`identifier: RDS has no ${identifier}`);
  return database;
}

import type { DbInstance } from './instance.ts';
import { type RdsErrorCode, RdsRequestRefused } from './rds-errors.ts';

/** What a registry keeps: a database under the name that it has at the moment. */
interface Registered {
  identifier: string;
  readonly resourceId: string;
  arn: string;
}

/** What RDS answers about things of one kind. */
interface RegistryAnswers {
  /** What a thing is called in messages, e.g. `DB instance`. */
  readonly thing: string;
  readonly notFound: RdsErrorCode;
  readonly exists: RdsErrorCode;
  readonly quotaExceeded: RdsErrorCode;
}

/** The databases of one kind, found by the identifier that they have at the moment. */
export class DatabaseRegistry<Database extends Registered> {
  readonly #databases: Database[] = [];
  readonly #reserved = new Set<string>();
  readonly #answers: RegistryAnswers;
  /** How many the account may have. */
  readonly quota: number;

  /** @param quota how many the account may have (40 in a Region, unless raised). */
  constructor(quota: number, answers: RegistryAnswers) {
    this.quota = quota;
    this.#answers = answers;
  }

  /** All of them, in the order of their creation. */
  list(): readonly Database[] {
    return this.#databases;
  }

  /** The one of this name, or `undefined`. */
  find(identifier: string): Database | undefined {
    return this.#databases.find((database) => database.identifier === identifier.toLowerCase());
  }

  /**
   * @throws {RdsRequestRefused} when there is none.
   */
  get(identifier: string): Database {
    return this.#required(this.find(identifier), identifier);
  }

  /**
   * @throws {RdsRequestRefused} when there is none.
   */
  getByResourceId(resourceId: string): Database {
    return this.#required(
      this.#databases.find((candidate) => candidate.resourceId === resourceId),
      resourceId,
    );
  }

  /**
   * Checks that one more may have this identifier.
   *
   * @throws {RdsRequestRefused} when it is taken, or the quota is used up.
   */
  checkRoomFor(identifier: string): void {
    this.#checkFree(identifier);
    if (this.#databases.length >= this.quota) {
      throw new RdsRequestRefused(
        this.#answers.quotaExceeded,
        `The quota of ${this.quota} ${this.#answers.thing}s is used up.`,
      );
    }
  }

  /** Adds one whose identifier has been checked. */
  add(database: Database): void {
    this.#databases.push(database);
  }

  /**
   * Keeps an identifier for one that is being renamed.
   *
   * @returns ends the reservation.
   * @throws {RdsRequestRefused} when it is taken.
   */
  reserve(identifier: string): () => void {
    this.#checkFree(identifier);
    this.#reserved.add(identifier);
    return () => this.#reserved.delete(identifier);
  }

  #required(database: Database | undefined, name: string): Database {
    if (database) return database;
    const { notFound, thing } = this.#answers;
    throw new RdsRequestRefused(notFound, `${thing} ${name} not found.`);
  }

  #checkFree(identifier: string): void {
    if (this.find(identifier) || this.#reserved.has(identifier)) {
      throw new RdsRequestRefused(
        this.#answers.exists,
        `${this.#answers.thing} already exists: ${identifier}`,
      );
    }
  }
}

/** The DB instances of the account that are no members of clusters. */
export class DbInstances extends DatabaseRegistry<DbInstance> {
  constructor(quota: number) {
    super(quota, {
      thing: 'DB instance',
      notFound: 'DBInstanceNotFound',
      exists: 'DBInstanceAlreadyExists',
      quotaExceeded: 'InstanceQuotaExceeded',
    });
  }

  /** The instances that follow this one, in the order of their creation. */
  replicasOf(source: DbInstance): DbInstance[] {
    return this.list().filter(({ replicaOf }) => replicaOf === source);
  }
}

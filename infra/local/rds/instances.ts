import type { DbInstance } from './instance.ts';
import { RdsRequestRefused } from './rds-errors.ts';

/** The DB instances of the account, found by the identifier that they have at the moment. */
export class DbInstances {
  readonly #instances: DbInstance[] = [];
  readonly #reserved = new Set<string>();
  /** How many the account may have. */
  readonly quota: number;

  /** @param quota how many instances the account may have (40 in a Region, unless raised). */
  constructor(quota: number) {
    this.quota = quota;
  }

  /** All instances, in the order of their creation. */
  list(): readonly DbInstance[] {
    return this.#instances;
  }

  /** The instance of this name, or `undefined`. */
  find(identifier: string): DbInstance | undefined {
    return this.#instances.find((instance) => instance.identifier === identifier.toLowerCase());
  }

  /**
   * @throws {RdsRequestRefused} `DBInstanceNotFound`.
   */
  get(identifier: string): DbInstance {
    const instance = this.find(identifier);
    if (!instance) throw new RdsRequestRefused('DBInstanceNotFound', `DBInstance ${identifier} not found.`);
    return instance;
  }

  /**
   * @throws {RdsRequestRefused} `DBInstanceNotFound`.
   */
  getByResourceId(resourceId: string): DbInstance {
    const instance = this.#instances.find((candidate) => candidate.resourceId === resourceId);
    if (!instance) throw new RdsRequestRefused('DBInstanceNotFound', `DBInstance ${resourceId} not found.`);
    return instance;
  }

  /**
   * @throws {RdsRequestRefused} `DBInstanceNotFound`.
   */
  getByArn(arn: string): DbInstance {
    const instance = this.#instances.find((candidate) => candidate.arn === arn);
    if (!instance) throw new RdsRequestRefused('DBInstanceNotFound', `${arn} not found.`);
    return instance;
  }

  /**
   * Checks that one more instance may have this identifier.
   *
   * @throws {RdsRequestRefused} `DBInstanceAlreadyExists` or `InstanceQuotaExceeded`.
   */
  checkRoomFor(identifier: string): void {
    this.#checkFree(identifier);
    if (this.#instances.length >= this.quota) {
      throw new RdsRequestRefused(
        'InstanceQuotaExceeded',
        `The quota of ${this.quota} DB instances is used up.`,
      );
    }
  }

  /** The instances that follow this one, in the order of their creation. */
  replicasOf(source: DbInstance): DbInstance[] {
    return this.#instances.filter(({ replicaOf }) => replicaOf === source);
  }

  /** Adds an instance whose identifier has been checked. */
  add(instance: DbInstance): void {
    this.#instances.push(instance);
  }

  /**
   * Keeps an identifier for an instance that is being renamed.
   *
   * @returns ends the reservation.
   * @throws {RdsRequestRefused} `DBInstanceAlreadyExists`.
   */
  reserve(identifier: string): () => void {
    this.#checkFree(identifier);
    this.#reserved.add(identifier);
    return () => this.#reserved.delete(identifier);
  }

  #checkFree(identifier: string): void {
    if (this.find(identifier) || this.#reserved.has(identifier)) {
      throw new RdsRequestRefused('DBInstanceAlreadyExists', `DB instance already exists: ${identifier}`);
    }
  }
}

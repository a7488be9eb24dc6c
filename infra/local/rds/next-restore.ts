import type { TerminalStatus } from './instance.ts';
import { RdsRequestRefused } from './rds-errors.ts';

/** What RDS refuses a restore with although the request is sound. */
export type RestoreRefusal = 'InsufficientDBInstanceCapacity' | 'KMSKeyNotAccessibleFault';

/** What becomes of a copy: a state that it never leaves, or a parameter group that waits for a restart. */
export type CopyFate = TerminalStatus | 'pending-reboot';

/** Troubles of AWS that no real server has, kept for the restores to come; each is met once. */
export class NextRestore {
  readonly #refusals: RestoreRefusal[] = [];
  readonly #fates: CopyFate[] = [];

  /** The next request to restore is refused. */
  refuse(code: RestoreRefusal): void {
    this.#refusals.push(code);
  }

  /** The next copy comes to this. */
  befall(fate: CopyFate): void {
    this.#fates.push(fate);
  }

  /** How many troubles nobody has met yet. */
  get unmet(): number {
    return this.#refusals.length + this.#fates.length;
  }

  /** @throws {RdsRequestRefused} when it is planned. */
  check(instanceClass: string | undefined, keyArn: string | undefined): void {
    const code = this.#refusals.shift();
    if (code === 'InsufficientDBInstanceCapacity')
      throw new RdsRequestRefused(code, `${instanceClass} is not available in any zone of the subnet group.`);
    if (code === 'KMSKeyNotAccessibleFault')
      throw new RdsRequestRefused(code, `The key ${keyArn} cannot be accessed.`);
  }

  /** What becomes of the copy that is made now. */
  takeFate(): CopyFate | undefined {
    return this.#fates.shift();
  }
}

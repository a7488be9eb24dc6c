import { RestoreTargetTaken } from './errors.ts';
import type { DatabaseService } from './restorable-database.ts';
import { type CopyIdentity, nameState, namesBeside } from './restored-copy.ts';

/** Where a restore goes to. */
export interface RestoreTarget {
  readonly identifier: string;
  /** True when an earlier attempt has had this very copy started. */
  readonly started: boolean;
}

/**
 * The copy that is there already, or the first name that is free.
 * @throws {RestoreTargetTaken} when no name is left.
 */
export async function findRestoreTarget(
  service: DatabaseService,
  sourceIdentifier: string,
  identity: CopyIdentity,
): Promise<RestoreTarget> {
  const names = namesBeside(sourceIdentifier, 'restored', identity.incidentId);
  for (const identifier of names) {
    const state = nameState(identifier, await service.find(identifier), identity);
    if (state !== 'spent') return { identifier, started: state === 'ours' };
  }
  throw new RestoreTargetTaken(`${names.join(', ')}: all hold other copies of ${identity.incidentId}`);
}

/**
 * The first free name under which the source of a cut-over can be kept.
 * @throws {RestoreTargetTaken} when none is left.
 */
export async function findNameAside(
  service: DatabaseService,
  sourceIdentifier: string,
  incidentId: string,
): Promise<{ readonly identifier: string }> {
  const names = namesBeside(sourceIdentifier, 'replaced', incidentId);
  for (const identifier of names) if ((await service.find(identifier)) === undefined) return { identifier };
  throw new RestoreTargetTaken(
    `${names.join(', ')}: all exist; the replaced instance needs one of these names`,
  );
}

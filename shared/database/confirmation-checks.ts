import type { DataObservation } from './data-observation.ts';
import type { PlatformData } from './platform-data.ts';
import type { ProofCheck, RestoredProof } from './proof.ts';
import { proofCheck } from './proof-check.ts';
import type { ServerIdentity } from './server-identity.ts';
import { tableName } from './sql-text.ts';

/** What must hold on the live endpoint before the old instance is retired. */
export function confirmationChecks(
  identity: ServerIdentity,
  observation: DataObservation,
  platform: PlatformData,
  verified: Pick<RestoredProof, 'systemIdentifier' | 'timelineId' | 'counts'>,
): ProofCheck[] {
  return [
    proofCheck(
      'reachable',
      'server',
      identity.systemIdentifier === verified.systemIdentifier && identity.timelineId === verified.timelineId,
      `system ${verified.systemIdentifier}, timeline ${verified.timelineId}`,
      `system ${identity.systemIdentifier}, timeline ${identity.timelineId}`,
    ),
    proofCheck(
      'reachable',
      'writes',
      identity.writable && !identity.inRecovery,
      'a server that takes writes',
      identity.writable && !identity.inRecovery ? 'a server that takes writes' : 'a read-only server',
    ),
    ...platform.criticalTables
      .filter(({ kind }) => kind === 'append-only')
      .map((table) => countCheck(tableName(table), observation, verified.counts)),
  ];
}

/** Rows may be added as soon as clients find the new instance, but none may be missing. */
function countCheck(table: string, { tables }: DataObservation, proven: RestoredProof['counts']): ProofCheck {
  const least = proven[table] ?? 0;
  const reading = tables[table];
  return reading?.state === 'read'
    ? proofCheck(
        'counts',
        table,
        reading.value.count >= least,
        `at least ${least} rows`,
        `${reading.value.count} rows`,
      )
    : proofCheck('counts', table, false, `at least ${least} rows`, reading?.reason ?? 'not looked at');
}

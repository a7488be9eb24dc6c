import type { Baseline } from './baseline.ts';
import type { DataObservation } from './data-observation.ts';
import { driftMinutes } from './drift.ts';
import type { PlatformData } from './platform-data.ts';
import type { ProofCheck, RestoredProof } from './proof.ts';
import { proofCheck } from './proof-check.ts';
import { tableName } from './sql-text.ts';

/** What the live service must at least hold. */
export interface ServiceReference {
  /** The last good baseline of what the database descends from. */
  readonly baseline: Baseline | undefined;
  /** The first look after it. */
  readonly firstAfter: Pick<Baseline, 'observedAt'> | undefined;
  /** The proof of the copy that was restored in this incident, if one was. */
  readonly restored: Pick<RestoredProof, 'counts'> | undefined;
}

/** The layer `counts` on the live endpoint: nothing that was seen good or proven is missing. */
export function serviceCountChecks(
  observation: Pick<DataObservation, 'tables' | 'observedAt'>,
  platform: PlatformData,
  { baseline, firstAfter, restored }: ServiceReference,
): ProofCheck[] {
  const minutes = driftMinutes(baseline, firstAfter ?? observation);
  return platform.criticalTables.map((table) => {
    const name = tableName(table);
    const known = [baseline?.counts[name], restored?.counts[name]].filter((count) => count !== undefined);
    if (known.length === 0)
      return proofCheck('counts', name, false, 'a good baseline or the proof of a restore', 'none');
    const drift = table.kind === 'mutable' ? table.maxDriftRows * minutes : 0;
    const least = Math.max(0, Math.max(...known) - drift);
    const reading = observation.tables[name];
    if (reading?.state !== 'read')
      return proofCheck('counts', name, false, `at least ${least} rows`, reading?.reason ?? 'not looked at');
    const { count, settledAtReference } = reading.value;
    const settled = baseline?.settledCounts[name] ?? 0;
    const passed = count >= least && (settledAtReference === null || settledAtReference >= settled);
    const settledText =
      settledAtReference === null ? '' : `, ${settled} of them from before ${baseline?.settledBefore}`;
    return proofCheck(
      'counts',
      name,
      passed,
      `at least ${least} rows${settledText}`,
      `${count} rows${settledAtReference === null ? '' : `, ${settledAtReference} of them from before it`}`,
    );
  });
}

import { secondsBetween } from '../lambda/clock.ts';
import type { Baseline } from './baseline.ts';
import type { DataObservation } from './data-observation.ts';
import { driftMinutes } from './drift.ts';
import type { CriticalTable, PlatformData } from './platform-data.ts';
import type { ProofCheck } from './proof.ts';
import { proofCheck } from './proof-check.ts';
import { tableName } from './sql-text.ts';

/** The good baselines around a restore point. */
export interface Bracket {
  readonly before: Baseline | undefined;
  /** Undefined when nothing good was seen after the point any more. */
  readonly after: Baseline | undefined;
}

/** Between the stamp of a commit and the moment at which others see it lies less than this. */
const VISIBILITY_SECONDS = 0.2;

/** How many rows a table may have. */
export interface CountBounds {
  readonly least: number;
  readonly most: number;
}

/**
 * SOP "Should match expected count": what a table may hold at the restore point. An append-only table lies between the two
 * baselines; a mutable one within both, give or take its declared drift. Undefined without a baseline before the point.
 * @param restoreTime says how long the table could drift when there is no baseline after it.
 */
export function countBounds(
  table: CriticalTable,
  { before, after }: Bracket,
  restoreTime: string,
): CountBounds | undefined {
  const name = tableName(table);
  const earlier = before?.counts[name];
  if (before === undefined || earlier === undefined) return undefined;
  const later = limits(after, restoreTime) ? after?.counts[name] : undefined;
  if (table.kind === 'append-only') return { least: earlier, most: later ?? Number.POSITIVE_INFINITY };
  const drift = table.maxDriftRows * driftMinutes(before, after ?? { observedAt: restoreTime });
  const known = later === undefined ? [earlier] : [earlier, later];
  return { least: Math.max(0, Math.min(...known) - drift), most: Math.max(...known) + drift };
}

/** A baseline that was begun at the very point may miss what was committed just before it, and so gives no upper limit. */
function limits(after: Baseline | undefined, restoreTime: string): boolean {
  return after !== undefined && secondsBetween(restoreTime, after.observedAt) >= VISIBILITY_SECONDS;
}

/** The layer `counts` of a restored copy: every critical table within its bounds, and no settled row of the bracket gone. */
export function bracketChecks(
  observation: Pick<DataObservation, 'tables'>,
  platform: PlatformData,
  bracket: Bracket,
  restoreTime: string,
): ProofCheck[] {
  return platform.criticalTables.flatMap((table) => {
    const name = tableName(table);
    const bounds = countBounds(table, bracket, restoreTime);
    if (bounds === undefined)
      return [proofCheck('counts', name, false, 'a good baseline before the restore point', 'none')];
    const reading = observation.tables[name];
    if (reading?.state !== 'read')
      return [proofCheck('counts', name, false, describeBounds(bounds), reading?.reason ?? 'not looked at')];
    const { count, settledAtReference } = reading.value;
    const passed = count >= bounds.least && count <= bounds.most;
    const checks = [proofCheck('counts', name, passed, describeBounds(bounds), `${count} rows`)];
    const settled = bracket.before?.settledCounts[name];
    if (settled !== undefined && settledAtReference !== null) {
      checks.push(settledCheck(name, settled, settledAtReference, bracket.before?.settledBefore ?? ''));
    }
    return checks;
  });
}

function settledCheck(table: string, expected: number, found: number, cutoff: string): ProofCheck {
  return proofCheck(
    'counts',
    `${table} before ${cutoff}`,
    found >= expected,
    `at least ${expected} rows`,
    `${found} rows`,
  );
}

/** How a person reads bounds. */
function describeBounds({ least, most }: CountBounds): string {
  if (least === most) return `${least} rows`;
  return Number.isFinite(most) ? `${least} to ${most} rows` : `at least ${least} rows`;
}

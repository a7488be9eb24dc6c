import type { Baseline } from '../database/baseline.ts';
import {
  type DataObservation,
  type Reading,
  readValues,
  type Unread,
  valueIn,
} from '../database/data-observation.ts';
import type { CriticalTable, PlatformData } from '../database/platform-data.ts';
import { tableName } from '../database/sql-text.ts';
import type { IntegrityViolation } from './damage.ts';

/** What the comparison of an observation with the last good baseline has shown. */
export interface IntegrityFinding {
  readonly violations: readonly IntegrityViolation[];
  /** What could not be read for a reason that says nothing about the data: it is neither good nor lost. */
  readonly unknowns: readonly string[];
  /** Rows that were there and are not any more. */
  readonly rowsLost: number;
}

/** What an observation is compared with. */
export interface IntegrityReference {
  /** The last good baseline; undefined when there never was one. */
  readonly baseline: Baseline | undefined;
  /** Minutes of ordinary trading that mutable tables may have drifted, see `driftMinutes`. */
  readonly driftMinutes: number;
}

interface TableFinding {
  readonly violation: IntegrityViolation | undefined;
  readonly rowsLost: number;
}

const SOUND: TableFinding = { violation: undefined, rowsLost: 0 };
const NOT_LOOKED_AT: Unread = { state: 'unknown', reason: 'was not looked at' };

/** Every integrity rule on one observation: `TableMissing`, `UnreadableTable`, `RowsLost`, `InvariantBroken`. */
export function judgeIntegrity(
  observation: DataObservation,
  platform: PlatformData,
  reference: IntegrityReference,
): IntegrityFinding {
  const tables = platform.criticalTables.map((table) => judgeTable(observation, table, reference));
  const invariants = platform.invariants.flatMap(({ name, summary }) => {
    const violations = valueIn(observation.invariants[name] ?? NOT_LOOKED_AT);
    return violations === null || violations === 0 ? [] : [invariantBroken(name, summary, violations)];
  });
  return {
    violations: [...tables.flatMap(({ violation }) => violation ?? []), ...invariants],
    unknowns: unknownsOf(observation),
    rowsLost: tables.reduce((sum, { rowsLost }) => sum + rowsLost, 0),
  };
}

function judgeTable(
  observation: DataObservation,
  table: CriticalTable,
  { baseline, driftMinutes }: IntegrityReference,
): TableFinding {
  const subject = tableName(table);
  const reading = observation.tables[subject] ?? NOT_LOOKED_AT;
  const before = baseline?.counts[subject];
  if (reading.state === 'unknown') return SOUND;
  if (reading.state !== 'read') return unreadTable(subject, reading, before);
  const { count, settledAtReference } = reading.value;
  const countFall = (before ?? count) - count;
  if (table.kind === 'mutable') {
    return countFall > table.maxDriftRows * driftMinutes
      ? rowsLost(subject, before ?? 0, count, countFall)
      : SOUND;
  }
  const settledBefore = baseline?.settledCounts[subject] ?? 0;
  const settledFall = settledAtReference === null ? 0 : settledBefore - settledAtReference;
  if (countFall > 0 && countFall >= settledFall) return rowsLost(subject, before ?? 0, count, countFall);
  if (settledFall <= 0) return SOUND;
  return settledRowsLost(subject, settledBefore, settledFall, baseline?.settledBefore ?? '');
}

function unreadTable(subject: string, { state, reason }: Unread, before: number | undefined): TableFinding {
  return {
    rowsLost: before ?? 0,
    violation: {
      rule: state === 'missing' ? 'TableMissing' : 'UnreadableTable',
      subject,
      reason,
      expected: before === undefined ? null : `${before} rows`,
      found: null,
    },
  };
}

function rowsLost(subject: string, before: number, now: number, lost: number): TableFinding {
  return {
    rowsLost: lost,
    violation: {
      rule: 'RowsLost',
      subject,
      reason: `${lost} rows are gone since the last good baseline`,
      expected: `at least ${before} rows`,
      found: `${now} rows`,
    },
  };
}

function settledRowsLost(subject: string, before: number, lost: number, cutoff: string): TableFinding {
  return {
    rowsLost: lost,
    violation: {
      rule: 'RowsLost',
      subject,
      reason: `${lost} rows from before ${cutoff} are gone, hidden by newer ones`,
      expected: `at least ${before} rows from before ${cutoff}`,
      found: `${before - lost} rows from before ${cutoff}`,
    },
  };
}

function invariantBroken(subject: string, summary: string, violations: number): IntegrityViolation {
  return {
    rule: 'InvariantBroken',
    subject,
    reason: `${summary}: ${violations} violations`,
    expected: '0 violations',
    found: `${violations} violations`,
  };
}

/** Adds the rule `OrphanedRows` to a finding: rows that point to nothing, by declared reference. */
export function judgeOrphans(
  finding: IntegrityFinding,
  orphans: Readonly<Record<string, Reading<number>>>,
): IntegrityFinding {
  const readings = Object.entries(orphans);
  return {
    ...finding,
    violations: [
      ...finding.violations,
      ...readings.flatMap(([subject, reading]) => orphanedRows(subject, valueIn(reading) ?? 0)),
    ],
    unknowns: [
      ...finding.unknowns,
      ...readings.flatMap(([name, reading]) =>
        reading.state === 'read' ? [] : [`${name}: ${reading.reason}`],
      ),
    ],
  };
}

function orphanedRows(subject: string, orphans: number): IntegrityViolation[] {
  if (orphans === 0) return [];
  return [
    {
      rule: 'OrphanedRows',
      subject,
      reason: `${orphans} rows point to a row that does not exist`,
      expected: '0 orphans',
      found: `${orphans} orphans`,
    },
  ];
}

/** What could not be read without being missing or damaged itself; an invariant over a table that is gone counts as unknown. */
function unknownsOf(observation: DataObservation): string[] {
  const { tables, invariants, openPositions, latestTradeAt, activeSessions } = observation;
  const locked = Object.entries(tables).filter(([, { state }]) => state === 'unknown');
  return [
    ...locked,
    ...Object.entries({ ...invariants, openPositions, latestTradeAt, activeSessions }),
  ].flatMap(([name, reading]) => (reading.state === 'read' ? [] : [`${name}: ${reading.reason}`]));
}

/**
 * The baseline that an observation makes. It is good when everything could be read and nothing was broken, which is measured
 * against the last GOOD baseline: a loss that nobody has healed stays bad, however much is written after it.
 */
export function baselineOf(
  databaseIdentifier: string,
  observation: DataObservation,
  finding: IntegrityFinding,
): Baseline {
  const counts = Object.entries(readValues(observation.tables));
  const reasons = [
    ...finding.violations.map(({ rule, subject, reason }) => `${rule} ${subject}: ${reason}`),
    ...finding.unknowns,
  ];
  const { observedAt, snapshotAt, settledBefore, lastCommitAt, nextTransactionId, landmarks } = observation;
  return {
    databaseIdentifier,
    observedAt,
    snapshotAt,
    settledBefore,
    lastCommitAt,
    nextTransactionId,
    ...(landmarks !== undefined && { landmarks }),
    counts: Object.fromEntries(counts.map(([name, { count }]) => [name, count])),
    settledCounts: Object.fromEntries(
      counts.flatMap(([name, { settled }]) => (settled === null ? [] : [[name, settled]])),
    ),
    openPositions: valueIn(observation.openPositions),
    latestTradeAt: valueIn(observation.latestTradeAt),
    activeSessions: valueIn(observation.activeSessions),
    invariants: readValues(observation.invariants),
    good: reasons.length === 0,
    reasons,
  };
}

import type { Baseline } from './baseline.ts';

/** Why something could not be read. `missing`: it is gone. `unreadable`: its pages are damaged. `unknown`: it may be sound. */
export interface Unread {
  readonly state: 'missing' | 'unreadable' | 'unknown';
  readonly reason: string;
}

/** Something that was read. */
interface Read<Value> {
  readonly state: 'read';
  readonly value: Value;
}

/** The outcome of reading one thing; that it could not be read is a finding, never an error. */
export type Reading<Value> = Read<Value> | Unread;

/** Rows of a table in one snapshot. */
export interface TableCount {
  readonly count: number;
  /** Rows made before the observation's own `settledBefore`; null where the table does not say when a row was made. */
  readonly settled: number | null;
  /** Rows made before the reference's `settledBefore`; null without a reference. */
  readonly settledAtReference: number | null;
}

/** Everything that one look at the data has shown, in one snapshot. */
export interface DataObservation
  extends Pick<
    Baseline,
    'observedAt' | 'snapshotAt' | 'settledBefore' | 'lastCommitAt' | 'nextTransactionId' | 'landmarks'
  > {
  /** By `schema.table`. */
  readonly tables: Readonly<Record<string, Reading<TableCount>>>;
  readonly openPositions: Reading<number>;
  readonly latestTradeAt: Reading<string | null>;
  readonly activeSessions: Reading<number>;
  /** Violations by name. */
  readonly invariants: Readonly<Record<string, Reading<number>>>;
}

/** The value of a reading; null when it could not be read. */
export function valueIn<Value>(reading: Reading<Value>): Value | null {
  return reading.state === 'read' ? reading.value : null;
}

/** The readings that succeeded, by name. */
export function readValues<Value>(readings: Readonly<Record<string, Reading<Value>>>): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(readings).flatMap(([name, reading]) =>
      reading.state === 'read' ? [[name, reading.value]] : [],
    ),
  );
}

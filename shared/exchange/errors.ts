import type { PositionComparison } from './position-comparison.ts';

/** Exchanges and database do not hold the same positions, or nobody knows, and the configuration lets nobody resume with that. */
export class PositionsDiffer extends Error {
  override readonly name = 'PositionsDiffer';
  readonly comparison: PositionComparison;

  constructor(message: string, comparison: PositionComparison) {
    super(message);
    this.comparison = comparison;
  }
}

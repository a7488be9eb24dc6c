/** One measured line: ours against something bare, from the same run on the same machine. */
export interface Measurement {
  /** E.g. `halt: accepted to durable and published, p50`. */
  readonly name: string;
  readonly ours: number;
  readonly floor: number;
  readonly unit: string;
  /** What the floor is. */
  readonly against: string;
  /** Ours divided by the floor; for a share, ours itself. */
  readonly ratio: number;
  /** The ratio must not be above this; null where it only informs. */
  readonly goal: number | null;
}

/** A group of measurements that can be run alone: `npm run bench -- halt`. */
export interface Benchmark {
  readonly name: string;
  readonly run: (progress: (line: string) => void) => Promise<Measurement[]>;
}

/** Ours against the floor. */
export function compare(measurement: Omit<Measurement, 'ratio'>): Measurement {
  return { ...measurement, ratio: measurement.ours / measurement.floor };
}

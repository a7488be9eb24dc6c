import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { connectionUsage, type DatabaseActivity } from './database-activity.ts';

/** What the probe of the database has measured; null where the database could not be asked. */
export interface DatabaseMetrics {
  readonly databaseIdentifier: string;
  readonly activity: DatabaseActivity | null;
  /** Rows that were there at the last good baseline and are not any more. */
  readonly rowsLost: number;
  /** Rows, or whatever an invariant counts, that break an invariant. */
  readonly invariantViolations: number;
}

/** Publishes the probe's metrics as one EMF line, by the dimension `Database`; the alarms of the stack rest on them. */
export function publishDatabaseMetrics(measured: DatabaseMetrics): void {
  const metrics = new Metrics({ namespace: 'TestudoRecovery' });
  metrics.clearDefaultDimensions();
  metrics.addDimension('Database', measured.databaseIdentifier);
  metrics.addMetric('DatabaseReachable', MetricUnit.Count, measured.activity === null ? 0 : 1);
  if (measured.activity !== null) {
    const { activity } = measured;
    metrics.addMetric('SuddenDataLoss', MetricUnit.Count, measured.rowsLost);
    metrics.addMetric('InvariantViolations', MetricUnit.Count, measured.invariantViolations);
    metrics.addMetric('ConnectionUsage', MetricUnit.NoUnit, connectionUsage(activity));
    metrics.addMetric('ProbeLatencyMillis', MetricUnit.Milliseconds, activity.probeLatencyMillis);
    metrics.addMetric('LongestQuerySeconds', MetricUnit.Seconds, activity.longestQuerySeconds);
    metrics.addMetric('BlockedSessions', MetricUnit.Count, activity.blockedSessions);
  }
  metrics.publishStoredMetrics();
}

/** Publishes by how many seconds the latest restorable time lies behind, as one EMF line by the dimension `Database`. */
export function publishRestorableLag(databaseIdentifier: string, lagSeconds: number): void {
  const metrics = new Metrics({ namespace: 'TestudoRecovery' });
  metrics.clearDefaultDimensions();
  metrics.addDimension('Database', databaseIdentifier);
  metrics.addMetric('RestorableLagSeconds', MetricUnit.Seconds, lagSeconds);
  metrics.publishStoredMetrics();
}

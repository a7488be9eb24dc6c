import type { ProtectedPlatform } from './protected-platform.ts';
import type { Services } from './services.ts';

/** What the platform itself watches of its database: it was there before the recovery, names the database, and tells nobody here. */
const DATABASE_ALARMS = [
  { name: 'platform-database-processor', metric: 'CPUUtilization', threshold: 90 },
  { name: 'platform-database-connections', metric: 'DatabaseConnections', threshold: 500 },
] as const;

/** Sets up the alarms of the platform's own. */
export function registerPlatformAlarms(
  { cloudWatch }: Services,
  { account, region, database }: ProtectedPlatform,
): void {
  const dimension = database.kind === 'instance' ? 'DBInstanceIdentifier' : 'DBClusterIdentifier';
  for (const { name, metric, threshold } of DATABASE_ALARMS) {
    cloudWatch.registerAlarm({
      name,
      arn: `arn:aws:cloudwatch:${region}:${account}:alarm:${name}`,
      properties: {
        Namespace: 'AWS/RDS',
        MetricName: metric,
        Dimensions: [{ Name: dimension, Value: database.identifier }],
        Statistic: 'Average',
        Period: 60,
        EvaluationPeriods: 5,
        Threshold: threshold,
        ComparisonOperator: 'GreaterThanThreshold',
      },
    });
  }
}

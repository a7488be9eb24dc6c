import { type MetricDatum, singleSample } from '../cloudwatch/metric.ts';
import type { DbInstance } from './instance.ts';
import type { DbInstances } from './instances.ts';

/** What the load watch looks at, how often, and where the measurements go. */
export interface LoadWatchOptions {
  instances: DbInstances;
  intervalMillis: number;
  onMetric(datum: MetricDatum): void;
}

const GIBIBYTE = 1024 ** 3;
/** A sign-in waits so long for a processor that has no time. */
export const SATURATED_SIGN_IN_MILLIS = 1200;

/** Whether the instance still has the class in which it is too small for its work. */
export function isSaturated({ saturatedClass, attributes }: DbInstance): boolean {
  return saturatedClass !== undefined && saturatedClass === attributes.DBInstanceClass;
}

/**
 * What RDS would tell CloudWatch of an instance each minute: an instance at ease, or one whose processor has no time left. gp3 storage has
 * no BurstBalance, and classes that do not burst have no CPUCreditBalance.
 */
export function loadOf(instance: DbInstance): Readonly<Record<string, number>> {
  const saturated = isSaturated(instance);
  return {
    CPUUtilization: saturated ? 99 : 14,
    FreeableMemory: 3 * GIBIBYTE,
    FreeStorageSpace: (instance.attributes.AllocatedStorage ?? 0) * 0.8 * GIBIBYTE,
    ReadIOPS: 20,
    WriteIOPS: saturated ? 900 : 150,
    ReadThroughput: 0.5 * 1024 ** 2,
    WriteThroughput: 4 * 1024 ** 2,
    DiskQueueDepth: 0.2,
    DatabaseConnections: 12,
    'EBSIOBalance%': 99,
    'EBSByteBalance%': 99,
  };
}

/** Sends the load of each available instance at a fixed interval, as RDS does each minute. @returns what ends it. */
export function watchLoad({ instances, intervalMillis, onMetric }: LoadWatchOptions): () => void {
  const timer = setInterval(() => {
    for (const instance of instances.list().filter(({ status }) => status === 'available')) {
      for (const [name, value] of Object.entries(loadOf(instance)))
        onMetric({
          metric: { namespace: 'AWS/RDS', name, dimensions: { DBInstanceIdentifier: instance.identifier } },
          sample: singleSample(Date.now(), value),
        });
    }
  }, intervalMillis);
  return () => clearInterval(timer);
}

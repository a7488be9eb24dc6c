import type { AlarmRegistrar } from '../deployer/registrars.ts';
import { startJsonService } from '../json-protocol/json-service.ts';
import { alarmDefinition } from './alarm-definition.ts';
import { Alarms, type AlarmsOptions } from './alarms.ts';
import { embeddedMetrics } from './embedded-metrics.ts';
import type { MetricDatum } from './metric.ts';
import { MetricStore } from './metric-store.ts';
import { cloudWatchOperations } from './operations.ts';

export type CloudWatchOptions = Omit<AlarmsOptions, 'store'>;

/** CloudWatch metrics and alarms of the laptop. */
export interface CloudWatch extends AlarmRegistrar {
  readonly address: string;
  /** Takes the metrics from a log line of a function, if it has any (embedded metric format). */
  ingestLog(functionName: string, line: string): void;
  /** Takes metrics that AWS services would send (RDS, Lambda). */
  ingest(data: readonly MetricDatum[]): void;
  /** Evaluates the alarms that were deferred. */
  startEvaluation(): void;
  close(): Promise<void>;
}

/** Starts the API on a free port of 127.0.0.1; its clients speak AWS JSON 1.0 with Query error codes. */
export async function startCloudWatch(options: CloudWatchOptions): Promise<CloudWatch> {
  const store = new MetricStore();
  const alarms = new Alarms({ ...options, store });
  const ingest = (data: readonly MetricDatum[]) => {
    for (const datum of data) store.add(datum);
    for (const { metric } of data) alarms.dataArrived(metric);
  };
  const service = await startJsonService({
    targetPrefix: 'GraniteServiceVersion20100801',
    jsonVersion: '1.0',
    queryCompatible: true,
    operations: cloudWatchOperations(alarms, store, ingest, options.timeScale),
  });
  return {
    address: service.address,
    registerAlarm: (alarm) => alarms.add(alarmDefinition(alarm)),
    ingestLog: (_functionName, line) => ingest(embeddedMetrics(line)),
    ingest,
    startEvaluation: () => alarms.startEvaluation(),
    close: async () => {
      await alarms.close();
      await service.close();
    },
  };
}

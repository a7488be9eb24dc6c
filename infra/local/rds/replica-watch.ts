import type { MetricDatum } from '../cloudwatch/metric.ts';
import { singleSample } from '../cloudwatch/metric.ts';
import type { DbInstance } from './instance.ts';
import type { DbInstances } from './instances.ts';
import { observeReplication } from './replication.ts';

/** What the watch looks at, how often, and where the measurements go. */
export interface ReplicaWatchOptions {
  instances: DbInstances;
  intervalMillis: number;
  onMetric(datum: MetricDatum): void;
}

/** Measures each replica at a fixed interval, as RDS does each minute: `StatusInfos`, and `ReplicaLag` for CloudWatch. */
export class ReplicaWatch {
  readonly #options: ReplicaWatchOptions;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #looking: Promise<void> = Promise.resolve();

  constructor(options: ReplicaWatchOptions) {
    this.#options = options;
    this.#schedule();
  }

  /** Looks at one replica now. One that does not answer is `connecting`, and no lag is sent of it. */
  async look(replica: DbInstance): Promise<void> {
    if (!replica.cluster.running) {
      replica.replicationStatus = 'connecting';
      return;
    }
    try {
      const { status, lagSeconds } = await observeReplication(replica);
      replica.replicationStatus = status;
      this.#options.onMetric({
        metric: {
          namespace: 'AWS/RDS',
          name: 'ReplicaLag',
          dimensions: { DBInstanceIdentifier: replica.identifier },
        },
        sample: singleSample(Date.now(), lagSeconds),
      });
    } catch {
      replica.replicationStatus = 'connecting';
    }
  }

  /** Ends the measuring, for good. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#looking = this.#lookAtAll().finally(() => this.#schedule());
    }, this.#options.intervalMillis);
  }

  async #lookAtAll(): Promise<void> {
    const replicas = this.#options.instances
      .list()
      .filter(({ replicaOf, status }) => replicaOf !== undefined && status === 'available');
    for (const replica of replicas) await this.look(replica);
  }
}

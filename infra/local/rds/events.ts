import { randomUUID } from 'node:crypto';

/** The RDS events that the laptop sends (RDS User Guide, "Amazon RDS event categories and event messages"). */
const CATALOGUE = {
  'RDS-EVENT-0001': ['backup', 'Backing up DB instance'],
  'RDS-EVENT-0002': ['backup', 'Finished DB Instance backup'],
  'RDS-EVENT-0004': ['availability', 'DB instance shutdown'],
  'RDS-EVENT-0005': ['creation', 'DB instance created'],
  'RDS-EVENT-0006': ['availability', 'DB instance restarted'],
  'RDS-EVENT-0011': ['configuration change', 'Updated to use DBParameterGroup'],
  'RDS-EVENT-0013': ['failover', 'Multi-AZ instance failover started.'],
  'RDS-EVENT-0014': ['configuration change', 'Finished applying modification to DB instance class'],
  'RDS-EVENT-0016': ['configuration change', 'Reset master credentials'],
  'RDS-EVENT-0017': ['configuration change', 'Finished applying modification to allocated storage'],
  'RDS-EVENT-0019': ['restoration', 'Restored from DB instance'],
  'RDS-EVENT-0031': ['failure', 'DB instance put into'],
  'RDS-EVENT-0035': ['failure', 'DB instance put into'],
  'RDS-EVENT-0044': ['notification', ''],
  'RDS-EVENT-0049': ['failover', 'Multi-AZ instance failover completed'],
  'RDS-EVENT-0057': ['read replica', 'Replication streaming has been terminated.'],
  'RDS-EVENT-0087': ['notification', 'DB instance stopped'],
  'RDS-EVENT-0088': ['notification', 'DB instance started'],
  'RDS-EVENT-0202': ['read replica', 'Read replica creation failed:'],
} as const;

/** Those of clusters (Aurora User Guide, "DB cluster events"). */
const CLUSTER_CATALOGUE = {
  'RDS-EVENT-0150': ['notification', 'DB cluster stopped'],
  'RDS-EVENT-0151': ['notification', 'DB cluster started'],
  'RDS-EVENT-0170': ['creation', 'DB cluster created'],
  'RDS-EVENT-0172': ['notification', ''],
} as const;

/** Identifier of an RDS event. */
export type RdsEventId = keyof typeof CATALOGUE | keyof typeof CLUSTER_CATALOGUE;

/** An RDS event as EventBridge delivers it. */
export interface RdsEventBridgeEvent {
  version: '0';
  id: string;
  'detail-type': 'RDS DB Instance Event' | 'RDS DB Cluster Event';
  source: 'aws.rds';
  account: string;
  time: string;
  region: string;
  resources: string[];
  detail: {
    EventCategories: string[];
    SourceType: 'DB_INSTANCE' | 'CLUSTER';
    SourceArn: string;
    Date: string;
    Message: string;
    SourceIdentifier: string;
    EventID: string;
  };
}

/** An RDS event as DescribeEvents lists it. */
export interface RdsEventRecord {
  SourceIdentifier: string;
  SourceType: 'db-instance' | 'db-cluster';
  Message: string;
  EventCategories: string[];
  Date: Date;
  SourceArn: string;
}

/** Where events happen and go to. */
export interface EventSink {
  region: string;
  accountId: string;
  deliver(event: RdsEventBridgeEvent): void;
}

/** Keeps the events of all instances, and passes each on as EventBridge would. */
export class RdsEvents {
  readonly #sink: EventSink;
  readonly #records: RdsEventRecord[] = [];

  constructor(sink: EventSink) {
    this.#sink = sink;
  }

  /** All events so far, in the order in which they happened. */
  get records(): readonly RdsEventRecord[] {
    return this.#records;
  }

  /**
   * Records an event and delivers it. What happens to the server of a cluster and has no event of clusters is told to nobody.
   *
   * @param addition what the message says beyond the fixed text of the event.
   */
  emit(id: RdsEventId, instance: { identifier: string; arn: string }, addition = ''): void {
    const ofCluster = instance.arn.includes(':cluster:');
    const catalogue: Partial<Record<RdsEventId, readonly [string, string]>> = ofCluster
      ? CLUSTER_CATALOGUE
      : CATALOGUE;
    const entry = catalogue[id];
    if (entry === undefined) return;
    const [category, text] = entry;
    const message = [text, addition].filter(Boolean).join(' ');
    const now = new Date();
    const categories: string[] = [category];
    this.#records.push({
      SourceIdentifier: instance.identifier,
      SourceType: ofCluster ? 'db-cluster' : 'db-instance',
      Message: message,
      EventCategories: categories,
      Date: now,
      SourceArn: instance.arn,
    });
    this.#sink.deliver({
      version: '0',
      id: randomUUID(),
      'detail-type': ofCluster ? 'RDS DB Cluster Event' : 'RDS DB Instance Event',
      source: 'aws.rds',
      account: this.#sink.accountId,
      time: `${now.toISOString().slice(0, 19)}Z`,
      region: this.#sink.region,
      resources: [instance.arn],
      detail: {
        EventCategories: categories,
        SourceType: ofCluster ? 'CLUSTER' : 'DB_INSTANCE',
        SourceArn: instance.arn,
        Date: now.toISOString(),
        Message: message,
        SourceIdentifier: instance.identifier,
        EventID: id,
      },
    });
  }
}

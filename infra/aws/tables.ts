import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';

/**
 * Timeline and control table. Both outlive the stack, and are encrypted with the key that AWS owns: a customer
 * key would be one more thing that can keep trading from being halted.
 */
export class Tables extends Construct {
  /** Append-only, `pk` the incident, `sk` the sequence. */
  readonly timeline: Table;
  /** Trading state, open incident, approvals, leases, baselines, journals; items with `expiresAtSeconds` may go. */
  readonly control: Table;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.timeline = this.#table('Timeline');
    this.control = this.#table('Control', 'expiresAtSeconds');
  }

  #table(id: string, timeToLiveAttribute?: string): Table {
    return new Table(this, id, {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.DEFAULT,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
      ...(timeToLiveAttribute !== undefined && { timeToLiveAttribute }),
    });
  }
}

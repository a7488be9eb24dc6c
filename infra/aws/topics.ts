import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { EmergencyContact } from '../../shared/communication/contact.ts';

/** Who is told what. All topics are encrypted with the customer key and refuse unencrypted connections. */
export class Topics extends Construct {
  /** Every change of the trading state, for the trading services. */
  readonly tradingState: Topic;
  /** Emergency contacts and approvers. */
  readonly incident: Topic;
  /** What users are told. */
  readonly userNotice: Topic;

  constructor(scope: Construct, id: string, masterKey: IKey, emergencyContacts: readonly EmergencyContact[]) {
    super(scope, id);
    const topic = (topicId: string, displayName: string) =>
      new Topic(this, topicId, { displayName, masterKey, enforceSSL: true });
    this.tradingState = topic('TradingState', 'Trading state');
    this.incident = topic('Incident', 'Incident');
    this.userNotice = topic('UserNotice', 'User notice');
    // The way that is left when the response, which sends e-mails itself, cannot start.
    for (const { email } of emergencyContacts) this.incident.addSubscription(new EmailSubscription(email));
    const { account } = Stack.of(this);
    this.incident.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsPublish',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.incident.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': account } },
      }),
    );
  }
}

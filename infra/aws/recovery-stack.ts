import { join } from 'node:path';
import { CfnOutput, Lazy, Stack, type StackProps } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { Alarms, alarmSeverities } from './alarms.ts';
import type { Bundle } from './bundle.ts';
import type { Configuration } from './configuration.ts';
import { EmergencyApi } from './emergency-api.ts';
import { emergencyTokenSecret } from './emergency-token.ts';
import { encryptionKey } from './encryption-key.ts';
import { functionName } from './function-definition.ts';
import { functionTable } from './functions.ts';
import { checkAwaitedInstances } from './instance-checks.ts';
import { Network } from './network.ts';
import { operatorPolicy } from './operator-policy.ts';
import { RecoveryFunction } from './recovery-function.ts';
import { ReportsBucket } from './reports-bucket.ts';
import { deadLetterQueue, runEachMinute, startResponseOnAlarm, takeBaselineEachMinute } from './schedules.ts';
import { executionsArn, StateMachines, writtenStateMachineArn } from './state-machines.ts';
import { Tables } from './tables.ts';
import { Topics } from './topics.ts';

/** What the stack is made from. */
export interface RecoveryStackProps extends StackProps {
  readonly configuration: Configuration;
  /** Bundles by source file, `<domain>/<step>`. */
  readonly bundles: ReadonlyMap<string, Bundle>;
  /** Holds `statemachines`. */
  readonly projectDirectory: string;
}

/** The whole recovery of one platform. */
export class RecoveryStack extends Stack {
  constructor(scope: Construct, id: string, props: RecoveryStackProps) {
    super(scope, id, props);
    const { configuration, bundles, projectDirectory } = props;
    const { platformName, approval, exchanges } = configuration;
    const key = encryptionKey(this, platformName);
    const tables = new Tables(this, 'Tables');
    const topics = new Topics(this, 'Topics', key, configuration.emergencyContacts);
    const { bucket: reportsBucket } = new ReportsBucket(this, 'Reports', key);
    const network = new Network(this, 'Network', configuration);
    const deadLetters = deadLetterQueue(this);
    const emergencyToken = emergencyTokenSecret(this);
    const severities = alarmSeverities(configuration);

    const functions = new Map<string, IFunction>();
    const table = functionTable({
      configuration,
      timelineTable: tables.timeline,
      controlTable: tables.control,
      reportsBucket,
      encryptionKey: key,
      tradingStateTopic: topics.tradingState,
      incidentTopic: topics.incident,
      userNoticeTopic: topics.userNotice,
      emergencyTokenSecret: emergencyToken,
      deadLetters,
      quarantineSecurityGroupId: network.quarantineSecurityGroup.securityGroupId,
      // Machines name functions and functions name machines: the machines are made last.
      stateMachineArn: (machine) =>
        Lazy.string({ produce: () => stateMachines.get(machine).stateMachineArn }),
      writtenStateMachineArn: (machine) => writtenStateMachineArn(this, platformName, machine),
      executionsArn: (machine) => executionsArn(this, platformName, machine),
      alarmSeverities: severities,
    });
    for (const definition of table) {
      const name = functionName(definition.file);
      const { function: lambda } = new RecoveryFunction(this, name, {
        definition,
        bundle: required(bundles.get(definition.file), `a bundle of functions/${definition.file}.ts`),
        platformName,
        vpc: network.vpc,
        securityGroup: network.functionsSecurityGroup,
      });
      functions.set(name, lambda);
    }
    const functionOf = (name: string) => required(functions.get(name), `the function ${name}`);

    const stateMachines = new StateMachines(this, 'StateMachines', {
      directory: join(projectDirectory, 'statemachines'),
      platformName,
      functions,
      values: {
        ApprovalWindowSeconds: approval.windowSeconds,
        // Nobody is asked with a window of 0, but a task has a deadline in any case.
        RestorePointWindowSeconds: Math.max(60, configuration.restorePoint.windowSeconds),
        SalvageWindowSeconds: configuration.salvage.windowSeconds,
        InstanceChangeWindowSeconds: configuration.optimization.change.windowSeconds,
        ConfiguredExchanges: Object.keys(exchanges),
      },
    });
    const incidentResponse = stateMachines.get('IncidentResponse');
    startResponseOnAlarm(this, { alarmNames: Object.keys(severities), incidentResponse, deadLetters });
    takeBaselineEachMinute(this, { recordBaseline: functionOf('RecordBaseline'), deadLetters });
    runEachMinute(this, 'FingerprintSchedule', {
      runs: functionOf('RecordFingerprints'),
      description: 'Seals the content of the data hour by hour',
      deadLetters,
    });
    runEachMinute(this, 'RestorableTimeSchedule', {
      runs: functionOf('WatchRestorableTime'),
      description: 'Measures how far the latest restorable time of the database lies behind',
      deadLetters,
    });
    checkAwaitedInstances(this, {
      check: functionOf('CheckAwaitedInstances'),
      databaseIdentifier: configuration.database.identifier,
      deadLetters,
    });
    new Alarms(this, 'Alarms', { configuration, incidentTopic: topics.incident, stateMachines, deadLetters });
    const { api } = new EmergencyApi(this, 'EmergencyApi', { configuration, functionOf });
    const policy = operatorPolicy(this, {
      platformName,
      api,
      stateMachines,
      reportsBucket,
      encryptionKey: key,
    });
    const outputs = {
      EmergencyApiUrl: api.url,
      EmergencyTokenSecretArn: emergencyToken.secretArn,
      IncidentResponseArn: incidentResponse.stateMachineArn,
      OperatorPolicyArn: policy.managedPolicyArn,
      ReportsBucketName: reportsBucket.bucketName,
      TradingStateTopicArn: topics.tradingState.topicArn,
      UserNoticeTopicArn: topics.userNotice.topicArn,
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}

function required<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new MissingPart(`The stack needs ${what}`);
  return value;
}

/** The stack names a part that does not exist. */
class MissingPart extends Error {
  override readonly name = 'MissingPart';
}

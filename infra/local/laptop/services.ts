import { type ApiGateway, createApiGateway } from '../api-gateway/api-gateway.ts';
import { type AwsStandIns, startAwsStandIns } from '../aws-stand-ins.ts';
import { startCloudTrail } from '../cloudtrail/cloudtrail.ts';
import { type CloudWatch, startCloudWatch } from '../cloudwatch/cloudwatch.ts';
import type { Authorize, FunctionInvoker, Registrars } from '../deployer/registrars.ts';
import { type EventBridge, startEventBridge } from '../event-bridge/event-bridge.ts';
import { type FrontDoor, startFrontDoor } from '../front-door/front-door.ts';
import { type Kms, startKms } from '../kms/kms.ts';
import { type LambdaHost, startLambdaHost } from '../lambda-host/lambda-host.ts';
import type { NetworkRoutes } from '../lambda-host/worker-network.ts';
import { createMessageSender } from '../message-sender.ts';
import { createScheduler, type Scheduler } from '../scheduler/scheduler.ts';
import { type SecretsManager, startSecretsManager } from '../secrets-manager/secrets-manager.ts';
import { type StepFunctions, startStepFunctions } from '../step-functions/step-functions.ts';
import type { Account } from './account.ts';
import type { ClosingStack } from './closing-stack.ts';

export interface ServicesOptions {
  /** Divides schedules, waits, retries and alarm periods. */
  readonly timeScale: number;
  /** Whether the deadlines of people are divided as well. */
  readonly scaleDeadlines: boolean;
  /** What the functions print goes here. */
  readonly logDirectory: string;
  /** The proxies of the platform. */
  readonly dbProxy: (name: string) => { readonly arn: string; readonly targetGroupArn: string } | undefined;
  /** What a function reaches by name. */
  readonly network: (functionArn: string) => NetworkRoutes;
  /** The key under which an instance of RDS stores its data. */
  readonly storageKeyArn: (instanceIdentifier: string) => string | undefined;
}

/** AWS of the laptop, without RDS: wired together, and empty until something is deployed. */
export interface Services {
  readonly standIns: AwsStandIns;
  readonly frontDoor: FrontDoor;
  readonly lambdaHost: LambdaHost;
  readonly stepFunctions: StepFunctions;
  readonly eventBridge: EventBridge;
  readonly scheduler: Scheduler;
  readonly cloudWatch: CloudWatch;
  readonly apiGateway: ApiGateway;
  readonly secretsManager: SecretsManager;
  readonly kms: Kms;
  readonly registrars: Registrars;
}

/** Starts everything on free ports of 127.0.0.1; `closing` closes it. */
export async function startServices(
  account: Account,
  closing: ClosingStack,
  options: ServicesOptions,
): Promise<Services> {
  const { accountId, region, credentials, authorizer } = account;
  const { timeScale } = options;
  const authorize: Authorize = (request) => authorizer.authorize(request);

  const standIns = await closing.use(startAwsStandIns({ region }));
  const { dynamodb, sns, sqs, s3, ses } = standIns;
  const frontDoor = await closing.use(
    startFrontDoor({
      scope: {
        accountId,
        region,
        machineOfTaskToken: (token) => stepFunctions.machineOfTaskToken(token),
        secretArn: (name) => account.inventory?.secrets.get(name),
        storageKeyArn: options.storageKeyArn,
        dbProxy: options.dbProxy,
        isEmailIdentity: (address) => account.inventory?.mailIdentities.has(address) ?? false,
      },
      credentials,
      authorizer,
      routes: { dynamodb, sns, sqs, s3, ses },
      reaches: (caller, service) =>
        !account.inventory?.functionGroups.has(caller) || account.inventory.vpcEndpoints.has(service),
    }),
  );
  const messages = await closing.use(createMessageSender({ region, sqs, sns }));
  const lambdaHost = await closing.use(
    startLambdaHost({
      region,
      accountId,
      endpointUrl: frontDoor.address,
      credentials,
      authorize,
      messages,
      timeScale,
      network: options.network,
      logDirectory: options.logDirectory,
    }),
  );
  const functions: FunctionInvoker = lambdaHost;
  const targets = {
    authorize,
    functions,
    messages,
    startExecution: (request: { readonly stateMachineArn: string; readonly input: string }) =>
      stepFunctions.startExecution(request),
  };
  const eventBridge = await closing.use(
    startEventBridge({ region, accountId, timeScale, services: targets }),
  );
  const stepFunctions = await closing.use(
    startStepFunctions({
      region,
      functions,
      authorize,
      emit: (event) => eventBridge.emit(event),
      timeScale,
      scaleTimeouts: options.scaleDeadlines,
    }),
  );
  const cloudWatch = await closing.use(
    startCloudWatch({
      region,
      accountId,
      timeScale,
      authorize,
      messages,
      emit: (event) => eventBridge.emit(event),
      deferEvaluation: true,
    }),
  );
  const scheduler = await closing.use(createScheduler({ timeScale, services: targets }));
  const secretsManager = await closing.use(startSecretsManager());
  const kms = await closing.use(startKms());
  const cloudTrail = await closing.use(startCloudTrail({ region, accountId }));
  const apiGateway = await closing.use(
    createApiGateway({
      region,
      accountId,
      functions,
      authorize,
      identityOf: (accessKeyId) => credentials.find(accessKeyId),
    }),
  );

  for (const [service, { address }] of Object.entries({
    lambda: lambdaHost,
    states: stepFunctions,
    events: eventBridge,
    monitoring: cloudWatch,
    secretsmanager: secretsManager,
    cloudtrail: cloudTrail,
    kms,
  })) {
    frontDoor.route(service, address);
  }
  lambdaHost.onLog(({ functionName, line }) => cloudWatch.ingestLog(functionName, line));
  frontDoor.onCall(({ record, callerArn, eventSource, eventName, requestParameters, responseElements }) => {
    cloudTrail.record({
      eventName,
      eventSource,
      userIdentityArn: callerArn,
      at: new Date(record.at),
      requestParameters,
      responseElements,
      resources: record.resources.map((name) => ({ name })),
      ...(record.errorName !== undefined && { errorCode: record.errorName }),
    });
  });

  return {
    standIns,
    frontDoor,
    lambdaHost,
    stepFunctions,
    eventBridge,
    scheduler,
    cloudWatch,
    apiGateway,
    secretsManager,
    kms,
    registrars: {
      stateMachines: stepFunctions,
      eventRules: eventBridge,
      schedules: scheduler,
      alarms: cloudWatch,
      secrets: secretsManager,
      restApis: apiGateway,
    },
  };
}

import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AwsStandIns, startAwsStandIns } from '../../../infra/local/aws-stand-ins.ts';
import { readCloudAssembly } from '../../../infra/local/deployer/cloud-assembly.ts';
import { type Deployment, deploy } from '../../../infra/local/deployer/deploy.ts';
import type { Registrars } from '../../../infra/local/deployer/registrars.ts';
import { type Authorizer, createAuthorizer } from '../../../infra/local/front-door/authorizer.ts';
import { createCredentialStore } from '../../../infra/local/front-door/credentials.ts';
import { type FrontDoor, startFrontDoor } from '../../../infra/local/front-door/front-door.ts';
import type { AccountScope } from '../../../infra/local/front-door/services/service.ts';
import { type LambdaHost, startLambdaHost } from '../../../infra/local/lambda-host/lambda-host.ts';
import { createMessageSender } from '../../../infra/local/message-sender.ts';

/** The whole chain: stand-ins, front door, Lambda host and deployer, with registrars that only take notes. */
export interface DeploymentRig {
  readonly standIns: AwsStandIns;
  readonly frontDoor: FrontDoor;
  readonly authorizer: Authorizer;
  readonly host: LambdaHost;
  /** What was registered, by registrar. */
  readonly registered: Readonly<Record<keyof Registrars, object[]>>;
  /** Deploys a template whose functions' code is given by asset key. */
  deploy(template: object, code?: Readonly<Record<string, string>>): Promise<Deployment>;
  invoke(deployment: Deployment, logicalId: string, event?: unknown): Promise<unknown>;
  close(): Promise<void>;
}

const location = { accountId: '000000000000', region: 'eu-central-1' };

export async function startDeploymentRig(): Promise<DeploymentRig> {
  const directory = mkdtempSync(join(tmpdir(), 'deployment-'));
  const standIns = await startAwsStandIns(location);
  const { dynamodb, sns, sqs, s3, ses } = standIns;
  const authorizer = createAuthorizer(location);
  const credentials = createCredentialStore();
  let latest: Deployment | undefined;
  const scope: AccountScope = {
    ...location,
    isEmailIdentity: (address) => latest?.inventory.mailIdentities.has(address) ?? false,
  };
  const frontDoor = await startFrontDoor({
    scope,
    authorizer,
    credentials,
    routes: { dynamodb, sns, sqs, s3, ses },
    reaches: (caller, service) =>
      !latest?.inventory.functionGroups.has(caller) || latest.inventory.vpcEndpoints.has(service),
  });
  const messages = createMessageSender({ region: location.region, sqs, sns });
  const host = await startLambdaHost({
    ...location,
    endpointUrl: frontDoor.address,
    credentials,
    authorize: (request) => authorizer.authorize(request),
    messages,
    timeScale: 6000,
    logDirectory: join(directory, 'logs'),
  });
  frontDoor.route('lambda', host.address);
  const registered = {
    stateMachines: [],
    eventRules: [],
    schedules: [],
    alarms: [],
    secrets: [],
    restApis: [],
  };
  const registrars = notingRegistrars(registered);
  let count = 0;

  return {
    standIns,
    frontDoor,
    authorizer,
    host,
    registered,
    async deploy(template, code = {}) {
      count += 1;
      const assemblyDirectory = join(directory, `cdk-${count}.out`);
      writeAssembly(assemblyDirectory, `Recovery${count}`, template, code);
      latest = await deploy({
        ...location,
        assembly: readCloudAssembly(assemblyDirectory),
        endpointUrl: frontDoor.address,
        standIns,
        authorizer,
        functions: host,
        registrars,
      });
      return latest;
    },
    async invoke(deployment, logicalId, event = {}) {
      const arn = deployment.resources.get(logicalId)?.attributes.Arn ?? '';
      const result = await host.invoke(arn, JSON.stringify(event));
      return JSON.parse(result.payload) as unknown;
    },
    async close() {
      await host.close();
      await frontDoor.close();
      messages.close();
      await standIns.close();
    },
  };
}

function notingRegistrars(registered: Record<keyof Registrars, object[]>): Registrars {
  return {
    stateMachines: { registerStateMachine: (machine) => void registered.stateMachines.push(machine) },
    eventRules: { registerRule: (rule) => void registered.eventRules.push(rule) },
    schedules: { registerSchedule: (schedule) => void registered.schedules.push(schedule) },
    alarms: { registerAlarm: (alarm) => void registered.alarms.push(alarm) },
    secrets: { registerSecret: (secret) => void registered.secrets.push(secret) },
    restApis: { registerRestApi: (api) => void registered.restApis.push(api) },
  };
}

function writeAssembly(
  directory: string,
  stackName: string,
  template: object,
  code: Readonly<Record<string, string>>,
): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, `${stackName}.template.json`), JSON.stringify(template));
  const files = Object.keys(code).map((key) => [
    key,
    {
      source: { path: `asset.${key}`, packaging: 'zip' },
      destinations: { 'current_account-current_region': { bucketName: 'assets', objectKey: `${key}.zip` } },
    },
  ]);
  writeFileSync(
    join(directory, `${stackName}.assets.json`),
    JSON.stringify({ files: Object.fromEntries(files) }),
  );
  for (const [key, source] of Object.entries(code)) {
    mkdirSync(join(directory, `asset.${key}`));
    writeFileSync(join(directory, `asset.${key}`, 'index.mjs'), source);
  }
}

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type FrontDoorRig, type RigClientConfig, rigScope, startFrontDoorRig } from '../front-door-rig.ts';

/** Sends a command with a client of this configuration. */
type Send = (config: RigClientConfig) => Promise<unknown>;

/** A call of the real SDK, and the questions to IAM (`action resource`) that the front door must ask for it. */
export type PermissionCase = readonly [name: string, send: Send, asks: readonly string[]];

/** A front door whose stand-ins answer everything with an empty object: only what it understood matters. */
export interface PermissionsRig {
  readonly rig: FrontDoorRig;
  /** What the front door asked IAM for the call. @throws the error of a call that it did not understand. */
  asked(send: Send): Promise<readonly string[]>;
  /** Whether a caller with this policy gets past the front door with the call. */
  isAllowed(statements: readonly object[], send: Send): Promise<boolean>;
  close(): Promise<void>;
}

export const inAccount = (service: string, resource: string) =>
  `arn:aws:${service}:eu-central-1:000000000000:${resource}`;

const services = [
  'cloudtrail',
  'dynamodb',
  'events',
  'lambda',
  'monitoring',
  'rds',
  's3',
  'secretsmanager',
  'ses',
  'sns',
  'sqs',
  'states',
];

export async function startPermissionsRig(): Promise<PermissionsRig> {
  const sink = createServer((request, response) => {
    request
      .resume()
      .on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
  });
  await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(sink.address() as AddressInfo).port}`;
  const rig = await startFrontDoorRig(Object.fromEntries(services.map((service) => [service, address])), {
    ...rigScope,
    machineOfTaskToken: (token) =>
      token === 'token-1' ? inAccount('states', 'stateMachine:restore') : undefined,
    dbProxy: (name) =>
      name === 'platform-proxy'
        ? {
            arn: inAccount('rds', 'db-proxy:prx-1'),
            targetGroupArn: inAccount('rds', 'target-group:prx-tg-1'),
          }
        : undefined,
    secretArn: (name) =>
      name === 'tokens' ? inAccount('secretsmanager', 'secret:tokens-a1b2c3') : undefined,
  });
  let count = 0;

  return {
    rig,
    async asked(send) {
      count += 1;
      const name = `Case${count}`;
      const config = rig.clientOf(name, [{ Effect: 'Allow', Action: '*', Resource: '*' }]);
      // The sink does not answer in the service's form, which some clients report after the call was understood.
      await send(config).catch((error: Error) => {
        if (error.name === 'UnknownOperationException') {
          throw error;
        }
      });
      return rig.authorizer
        .uses()
        .filter(({ principal }) => principal.endsWith(`/${name}`))
        .flatMap(({ action, resources }) => resources.map((resource) => `${action} ${resource}`));
    },
    async isAllowed(statements, send) {
      count += 1;
      const error = await send(rig.clientOf(`Case${count}`, statements)).then(
        () => undefined,
        (failure: Error) => failure,
      );
      return error?.name !== 'AccessDeniedException';
    },
    async close() {
      await rig.close();
      sink.closeAllConnections();
      sink.close();
    },
  };
}

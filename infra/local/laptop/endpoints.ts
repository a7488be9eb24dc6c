import { renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Laptop } from '../laptop.ts';

/** Where everything is, for curl, SDKs and the AWS CLI. */
export interface Endpoints {
  /** Emergency API with its stage: `POST <emergencyApi>/emergency/halt-trading`. */
  readonly emergencyApi: string;
  /** Bearer token that may halt and read. */
  readonly emergencyToken: string;
  /** Keys that may approve, start and watch; requests to the API are signed for `execute-api`. */
  readonly operators: readonly {
    readonly name: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
  }[];
  /** Takes the operators' keys, and allows what the operator policy allows: it is known who starts a response. */
  readonly stepFunctions: string;
  /** ARN by name. */
  readonly stateMachines: Readonly<Record<string, string>>;
  /** These take any credentials. */
  readonly dynamodb: string;
  readonly sns: string;
  readonly s3: string;
  /** Also a web page that shows the mails. */
  readonly ses: string;
  readonly rds: string;
  /** Connection string of the platform's administrator, through the endpoint that every client uses. */
  readonly database: string;
}

/** The endpoints of a running laptop. */
export function endpointsOf(laptop: Laptop): Endpoints {
  const { services, system, platform } = laptop;
  const { dynamodb, sns, s3, ses } = services.standIns;
  return {
    emergencyApi: laptop.emergencyApi,
    emergencyToken: laptop.emergencyToken,
    operators: laptop.operators.map(({ name, accessKeyId, secretAccessKey }) => ({
      name,
      accessKeyId,
      secretAccessKey,
    })),
    stepFunctions: services.frontDoor.address,
    stateMachines: system.stateMachines,
    dynamodb,
    sns,
    s3,
    ses,
    rds: platform.rds.address,
    database: platform.administratorUrl(),
  };
}

/** Writes the endpoints for others to read; whoever reads the file finds it whole. @returns what removes it. */
export function writeEndpoints(file: string, endpoints: Endpoints): () => void {
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, `${JSON.stringify(endpoints, null, 2)}\n`, { mode: 0o600 });
  renameSync(unfinished, file);
  return () => rmSync(file, { force: true });
}

/** The endpoints as lines for a person. */
export function endpointLines(endpoints: Endpoints): string[] {
  const { operators, stateMachines, ...addresses } = endpoints;
  const rows = [
    ...Object.entries(addresses),
    ...operators.map(({ name, accessKeyId, secretAccessKey }) => [
      `operator ${name}`,
      `${accessKeyId} ${secretAccessKey}`,
    ]),
    ...Object.entries(stateMachines).map(([name, arn]) => [`state machine ${name}`, arn]),
  ];
  const width = Math.max(...rows.map(([label = '']) => label.length));
  return rows.map(([label = '', value = '']) => `${label.padEnd(width)}  ${value}`);
}

import { cloudTrail } from './cloudtrail.ts';
import { cloudWatch } from './cloudwatch.ts';
import { dynamodb } from './dynamodb.ts';
import { eventBridge } from './event-bridge.ts';
import { kms } from './kms.ts';
import { lambda } from './lambda.ts';
import { sns, sqs } from './messaging.ts';
import { rds } from './rds.ts';
import { s3 } from './s3.ts';
import { secretsManager } from './secrets-manager.ts';
import type { Service } from './service.ts';
import { ses } from './ses.ts';
import { stepFunctions } from './step-functions.ts';

const all: readonly Service[] = [
  cloudTrail,
  cloudWatch,
  dynamodb,
  eventBridge,
  kms,
  lambda,
  rds,
  s3,
  secretsManager,
  ses,
  sns,
  sqs,
  stepFunctions,
];

/** Services that the front door understands, by the name in the credential scope of a signature. */
export const services: ReadonlyMap<string, Service> = new Map(
  all.map((service) => [service.signingName, service]),
);

import type { ResourceType } from '../resource-type.ts';
import { alarm } from './alarms.ts';
import { bucket, bucketPolicy } from './buckets.ts';
import { eventRule, schedule } from './event-rules.ts';
import { eventInvokeConfig, lambdaFunction, permission } from './functions.ts';
import { alias, key } from './keys.ts';
import { configurationSet, emailIdentity } from './mail.ts';
import { securityGroup, securityGroupEgress, securityGroupIngress, vpcEndpoint } from './network.ts';
import { queue, queuePolicy } from './queues.ts';
import { restApi, restApiDeployment, restApiParts, usagePlan } from './rest-apis.ts';
import { managedPolicyType, policy, role } from './roles.ts';
import { secret, secretPolicy } from './secrets.ts';
import { stateMachine } from './state-machines.ts';
import { globalTable, table } from './tables.ts';
import { subscription, topic, topicPolicy } from './topics.ts';

const all: readonly ResourceType[] = [
  alarm,
  alias,
  bucket,
  bucketPolicy,
  configurationSet,
  emailIdentity,
  eventInvokeConfig,
  eventRule,
  globalTable,
  key,
  lambdaFunction,
  managedPolicyType,
  permission,
  policy,
  queue,
  queuePolicy,
  restApi,
  restApiDeployment,
  ...restApiParts,
  role,
  schedule,
  secret,
  secretPolicy,
  securityGroup,
  securityGroupEgress,
  securityGroupIngress,
  stateMachine,
  subscription,
  table,
  topic,
  topicPolicy,
  usagePlan,
  vpcEndpoint,
];

/** Every type that the laptop creates. */
export const resourceTypes: ReadonlyMap<string, ResourceType> = new Map(all.map((type) => [type.type, type]));

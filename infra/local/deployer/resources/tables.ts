import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { physicalName } from '../physical-name.ts';
import { at, invalid, optionalText, recordList } from '../property-reader.ts';
import {
  arnIn,
  type CreatedResource,
  type DeploymentContext,
  type Resource,
  type ResourceType,
} from '../resource-type.ts';
import { customerKey } from './keys.ts';
import { standInClientConfig } from './stand-in-client.ts';

/** What the stand-in is given of a table. */
const passedOn = [
  'AttributeDefinitions',
  'KeySchema',
  'BillingMode',
  'ProvisionedThroughput',
  'GlobalSecondaryIndexes',
  'LocalSecondaryIndexes',
];

/** AWS::DynamoDB::Table, in `dynalite`: it is gone when the laptop stops, so its backups mean nothing there. */
export const table: ResourceType = {
  type: 'AWS::DynamoDB::Table',
  properties: [
    ...passedOn,
    'TableName',
    'SSESpecification',
    'PointInTimeRecoverySpecification',
    'DeletionProtectionEnabled',
    'TimeToLiveSpecification',
    'ContributorInsightsSpecification',
    'TableClass',
    'Tags',
  ],
  create: (resource, context) =>
    createTable(resource, context, optionalText(resource, 'SSESpecification.KMSMasterKeyId')),
};

/** AWS::DynamoDB::GlobalTable with the one replica where the stack is: what CDK's `TableV2` makes. */
export const globalTable: ResourceType = {
  type: 'AWS::DynamoDB::GlobalTable',
  properties: [...passedOn, 'TableName', 'Replicas', 'SSESpecification', 'TimeToLiveSpecification'],
  create(resource, context) {
    const regions = recordList(resource, 'Replicas').map((replica) => replica.Region);
    if (regions.length !== 1 || regions[0] !== context.region) {
      throw invalid(
        'Replicas',
        `expected one replica in ${context.region}, found ${JSON.stringify(regions)}`,
      );
    }
    return createTable(
      resource,
      context,
      optionalText(resource, 'Replicas.0.SSESpecification.KMSMasterKeyId'),
    );
  },
};

async function createTable(
  resource: Resource,
  context: DeploymentContext,
  keyId: string | undefined,
): Promise<CreatedResource> {
  const name = optionalText(resource, 'TableName') ?? physicalName(resource, context, 255);
  const input = Object.fromEntries(passedOn.map((property) => [property, at(resource, property)]));
  const client = new DynamoDBClient(standInClientConfig(context, context.standIns.dynamodb));
  try {
    await client.send(new CreateTableCommand({ ...input, TableName: name } as CreateTableCommandInput));
    await waitUntilTableExists(
      { client, maxWaitTime: 10, minDelay: 0.01, maxDelay: 0.1 },
      { TableName: name },
    );
  } finally {
    client.destroy();
  }
  const arn = arnIn(context, 'dynamodb', `table/${name}`);
  const key = customerKey(context, keyId);
  if (key) {
    context.authorizer.encrypt(arn, key);
  }
  return { ref: name, attributes: { Arn: arn } };
}

import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { physicalName } from '../physical-name.ts';
import { at, optionalText } from '../property-reader.ts';
import { arnIn, type DeploymentContext, type ResourceType } from '../resource-type.ts';
import { customerKey } from './keys.ts';
import { standInClientConfig } from './stand-in-client.ts';

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
  async create(resource, context) {
    const name = optionalText(resource, 'TableName') ?? physicalName(resource, context, 255);
    const input = Object.fromEntries(passedOn.map((property) => [property, at(resource, property)]));
    await createTable(context, { ...input, TableName: name } as CreateTableCommandInput);
    const arn = arnIn(context, 'dynamodb', `table/${name}`);
    const key = customerKey(context, optionalText(resource, 'SSESpecification.KMSMasterKeyId'));
    if (key) {
      context.authorizer.encrypt(arn, key);
    }
    return { ref: name, attributes: { Arn: arn } };
  },
};

async function createTable(context: DeploymentContext, input: CreateTableCommandInput): Promise<void> {
  const client = new DynamoDBClient(standInClientConfig(context, context.standIns.dynamodb));
  try {
    await client.send(new CreateTableCommand(input));
    await waitUntilTableExists(
      { client, maxWaitTime: 10, minDelay: 0.01, maxDelay: 0.1 },
      { TableName: input.TableName },
    );
  } finally {
    client.destroy();
  }
}

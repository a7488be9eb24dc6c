import { execFileSync } from 'node:child_process';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { DeleteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { build } from 'esbuild';
import { bundleFunctions } from '../../infra/aws/bundle.ts';
import { startRecoveryStandIns } from '../fixtures/recovery-stand-ins.ts';
import { type Benchmark, compare, type Measurement } from './benchmark.ts';
import { median, percentile } from './statistics.ts';

const ROUNDS = 300;
const WARM_UP_ROUNDS = 50;
const IMPORTS = 15;
const TOKEN = 'bench-token-'.padEnd(40, 'x');

/**
 * How much the halt costs beyond what cannot be left out: accepted request to durable and published, against one conditional put
 * and one publish; and the import of its bundle, against a handler with the same two SDK clients and nothing else.
 */
export const haltBenchmark: Benchmark = {
  name: 'halt',
  run: async (progress) => [...(await measureLatency(progress)), ...(await measureImports(progress))],
};

async function measureLatency(progress: (line: string) => void): Promise<Measurement[]> {
  const standIns = await startRecoveryStandIns();
  const topic = await standIns.topic('trading-state');
  const sns = await startPublishWatch(new URL(process.env.AWS_ENDPOINT_URL_SNS ?? ''));
  const stubs = await startStubs();
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_SNS: sns.address,
    AWS_ENDPOINT_URL_SFN: stubs.address,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: stubs.address,
    CONTROL_TABLE: standIns.controlTable,
    TRADING_STATE_TOPIC: topic.arn,
    EMERGENCY_TOKEN_SECRET: 'emergency-token',
    INCIDENT_RESPONSE: 'arn:aws:states:eu-central-1:000000000000:stateMachine:incident-response',
  });
  const bare = bareHalt(standIns.controlTable, topic.arn);
  const ours = await deployedHalt();
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient());
  const reset = () =>
    documents.send(
      new DeleteCommand({ TableName: standIns.controlTable, Key: { pk: 'trading-state', sk: 'global' } }),
    );
  const samples = { ours: [] as number[], bare: [] as number[] };
  try {
    for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round += 1) {
      // The order alternates, so that neither always comes second to a warm connection.
      const order = round % 2 === 0 ? (['ours', 'bare'] as const) : (['bare', 'ours'] as const);
      for (const who of order) {
        await reset();
        const startedAt = performance.now();
        await (who === 'ours' ? ours(round) : bare());
        if (round >= WARM_UP_ROUNDS) samples[who].push(sns.publishedAt() - startedAt);
      }
      if (round % 100 === 0) progress(`${round} of ${WARM_UP_ROUNDS + ROUNDS} rounds`);
    }
  } finally {
    await Promise.all([sns.close(), stubs.close(), standIns.close()]);
  }
  return [['p50', 0.5, 1.5] as const, ['p95', 0.95, null] as const].map(([label, share, goal]) =>
    compare({
      name: `halt: accepted to durable and published, ${label}`,
      ours: percentile(samples.ours, share),
      floor: percentile(samples.bare, share),
      unit: 'ms',
      against: 'one conditional put, one publish',
      goal,
    }),
  );
}

/** The bundle that would be deployed, called as API Gateway calls it. */
async function deployedHalt(): Promise<(round: number) => Promise<void>> {
  const bundle = (await bundleFunctions(process.cwd(), '{}')).get('trading/emergency-halt');
  if (bundle === undefined) throw new Error('functions/trading/emergency-halt.ts is not bundled');
  const { handler } = (await import(pathToFileURL(join(bundle.directory, 'index.mjs')).href)) as {
    handler: (event: unknown) => Promise<{ statusCode: number; body: string }>;
  };
  return async (round) => {
    const { statusCode, body } = await handler({
      headers: { Authorization: `Bearer ${TOKEN}` },
      body: JSON.stringify({ reason: 'bench' }),
      pathParameters: null,
      isBase64Encoded: false,
      requestContext: { requestId: `bench-${round}`, identity: { sourceIp: '127.0.0.1', userArn: null } },
    });
    if (statusCode !== 202) throw new Error(`The halt answered ${statusCode}: ${body}`);
  };
}

/** The same record under the same condition, and the same message with the same attributes, written down by hand. */
function bareHalt(TableName: string, TopicArn: string): () => Promise<void> {
  const dynamodb = new DynamoDBClient();
  const sns = new SNSClient();
  return async () => {
    const now = new Date();
    const epoch = String(now.getTime());
    const changedAt = now.toISOString();
    await dynamodb.send(
      new PutItemCommand({
        TableName,
        Item: {
          pk: { S: 'trading-state' },
          sk: { S: 'global' },
          state: { S: 'HALTED' },
          epoch: { N: epoch },
          changedAt: { S: changedAt },
          changedBy: { M: { kind: { S: 'token' }, id: { S: 'primary' } } },
          reason: { S: 'bench' },
          incidentId: { NULL: true },
        },
        ConditionExpression: 'attribute_not_exists(pk) OR (#state <> :halted AND epoch < :epoch)',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: { ':halted': { S: 'HALTED' }, ':epoch': { N: epoch } },
      }),
    );
    await sns.send(
      new PublishCommand({
        TopicArn,
        Subject: 'Trading HALTED',
        Message: `{"state":"HALTED","epoch":${epoch},"changedAt":"${changedAt}","changedBy":{"kind":"token","id":"primary"},"reason":"bench","incidentId":null}`,
        MessageAttributes: { eventType: { DataType: 'String', StringValue: 'trading.halted' } },
      }),
    );
  };
}

async function measureImports(progress: (line: string) => void): Promise<Measurement[]> {
  const bundles = await bundleFunctions(process.cwd(), '{}');
  const bare = await buildBareHandler();
  const files = {
    HaltTrading: join(bundles.get('trading/halt-trading')?.directory ?? '', 'index.mjs'),
    EmergencyHalt: join(bundles.get('trading/emergency-halt')?.directory ?? '', 'index.mjs'),
    bare,
  };
  const samples: Record<keyof typeof files, number[]> = { HaltTrading: [], EmergencyHalt: [], bare: [] };
  for (let index = 0; index < IMPORTS; index += 1) {
    for (const [name, file] of Object.entries(files)) {
      samples[name as keyof typeof files].push(importMillis(file));
    }
  }
  progress(`${IMPORTS} imports of each bundle`);
  return (['HaltTrading', 'EmergencyHalt'] as const).map((name) =>
    compare({
      name: `halt: import of ${name}`,
      ours: median(samples[name]),
      floor: median(samples.bare),
      unit: 'ms',
      against: 'a bare handler with the DynamoDB and SNS clients',
      goal: 1.3,
    }),
  );
}

/** Imports a bundle in a process of its own, as a cold start does. */
function importMillis(file: string): number {
  const script = `const startedAt = performance.now(); await import(${JSON.stringify(pathToFileURL(file).href)}); console.log(performance.now() - startedAt);`;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...process.env, AWS_REGION: 'eu-central-1' },
    encoding: 'utf8',
  });
  return Number(output.trim().split('\n').at(-1));
}

async function buildBareHandler(): Promise<string> {
  const outfile = join(process.cwd(), '.build', 'bench', 'bare-handler.mjs');
  await build({
    stdin: {
      resolveDir: process.cwd(),
      contents: `
        import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
        import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
        let clients;
        export const handler = async () => {
          clients ??= { dynamodb: new DynamoDBClient(), sns: new SNSClient() };
          await clients.dynamodb.send(new PutItemCommand({ TableName: 'control', Item: {} }));
          await clients.sns.send(new PublishCommand({ Message: '' }));
        };`,
    },
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    minify: true,
    banner: { js: "import{createRequire as r}from'node:module';const require=r(import.meta.url);" },
  });
  return outfile;
}

/** Stands between client and SNS and notes when a publish was answered. */
async function startPublishWatch(target: URL) {
  let publishedAt = Number.NaN;
  const server = createServer((incoming, outgoing) => {
    const forwarded = request(
      {
        host: target.hostname,
        port: target.port,
        method: 'POST',
        path: incoming.url,
        headers: incoming.headers,
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.on('end', () => {
          publishedAt = performance.now();
        });
        answer.pipe(outgoing);
      },
    );
    incoming.pipe(forwarded);
  });
  const address = await listen(server);
  return { address, publishedAt: () => publishedAt, close: () => closeServer(server) };
}

/** Secrets Manager and Step Functions, for the one call each that lies outside what is measured. */
async function startStubs() {
  const server = createServer((incoming, outgoing) => {
    incoming.resume().on('end', () => {
      outgoing.setHeader('Content-Type', 'application/x-amz-json-1.1');
      outgoing.end(JSON.stringify(answerTo(incoming)));
    });
  });
  const address = await listen(server);
  return { address, close: () => closeServer(server) };
}

function answerTo({ headers }: IncomingMessage): object {
  return String(headers['x-amz-target']).endsWith('GetSecretValue')
    ? { SecretString: JSON.stringify({ primary: TOKEN }) }
    : {
        executionArn: 'arn:aws:states:eu-central-1:000000000000:execution:incident-response:bench',
        startDate: 0,
      };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

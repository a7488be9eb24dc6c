import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';
import { buildApp } from 'fauxqs';

/** The account in which `dynalite` and `fauxqs` keep everything: neither can be told another. */
export const standInAccountId = '000000000000';

/** The ready-made stand-ins: DynamoDB, SNS with SQS and S3, and SES. Everything they hold is in memory. */
export interface AwsStandIns {
  readonly dynamodb: string;
  readonly sns: string;
  readonly sqs: string;
  readonly s3: string;
  /** Also a web page that shows the mails, and `GET /store` that lists them. */
  readonly ses: string;
  close(): Promise<void>;
}

/** Longer than any client keeps an idle connection, so that none is closed while it is being used again. */
const idleConnectionMillis = 120_000;

/** Starts the stand-ins on free ports of 127.0.0.1. @throws the error of the first that cannot listen. */
export async function startAwsStandIns(options: { readonly region: string }): Promise<AwsStandIns> {
  const dynamodb = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  await new Promise<void>((resolve, reject) => {
    dynamodb.once('error', reject);
    dynamodb.listen(0, '127.0.0.1', resolve);
  });
  // `startFauxqs` would listen on every network interface.
  const messaging = buildApp({ logger: false, defaultRegion: options.region });
  const messagingAddress = await messaging.listen({ host: '127.0.0.1', port: 0 });
  const mail = await startMail({ host: '127.0.0.1', port: 0 });
  for (const server of [dynamodb, messaging.server, mail]) {
    server.keepAliveTimeout = idleConnectionMillis;
  }

  return {
    dynamodb: addressOf(dynamodb),
    sns: messagingAddress,
    sqs: messagingAddress,
    s3: messagingAddress,
    ses: addressOf(mail),
    close: async () => {
      await Promise.all([closeServer(dynamodb), closeServer(mail), messaging.close()]);
    },
  };
}

/** The package is CommonJS with a `default`, which module loaders unwrap differently: it is required as it is. */
function startMail(options: { readonly host: string; readonly port: number }): Promise<Server> {
  const ses = createRequire(import.meta.url)('aws-ses-v2-local') as typeof import('aws-ses-v2-local');
  return ses.default(options);
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

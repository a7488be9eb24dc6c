import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuthorizationRequest } from '../../../infra/local/deployer/registrars.ts';
import { createCredentialStore } from '../../../infra/local/front-door/credentials.ts';
import type { FunctionDefinition } from '../../../infra/local/lambda-host/function-definition.ts';
import { type LambdaHost, startLambdaHost } from '../../../infra/local/lambda-host/lambda-host.ts';

import type { NetworkRoutes } from '../../../infra/local/lambda-host/worker-network.ts';

/** A Lambda host whose queues, topics and IAM only take notes. */
export interface LambdaHostRig {
  readonly host: LambdaHost;
  readonly sent: { readonly targetArn: string; readonly body: string }[];
  readonly asked: AuthorizationRequest[];
  readonly directory: string;
  /** Registers a function whose bundle is this source. @returns its ARN. */
  add(name: string, source: string, definition?: Partial<FunctionDefinition>): string;
  /** Invokes and parses. */
  call(arn: string, event: unknown): Promise<{ readonly value: unknown; readonly functionError?: string }>;
  close(): Promise<void>;
}

export async function startLambdaHostRig(
  network?: (functionArn: string) => NetworkRoutes,
): Promise<LambdaHostRig> {
  const directory = mkdtempSync(join(tmpdir(), 'lambda-host-'));
  const sent: { targetArn: string; body: string }[] = [];
  const asked: AuthorizationRequest[] = [];
  const host = await startLambdaHost({
    region: 'eu-central-1',
    accountId: '000000000000',
    endpointUrl: 'http://127.0.0.1:9',
    credentials: createCredentialStore(),
    authorize: (request) => void asked.push(request),
    messages: {
      sendToQueue: async (targetArn, body) => void sent.push({ targetArn, body }),
      publishToTopic: async (targetArn, { body }) => void sent.push({ targetArn, body }),
    },
    timeScale: 6000,
    ...(network && { network }),
    logDirectory: join(directory, 'logs'),
  });
  return {
    host,
    sent,
    asked,
    directory,
    add(name, source, definition = {}) {
      const codeDirectory = mkdtempSync(join(directory, `${name}-`));
      writeFileSync(join(codeDirectory, 'index.mjs'), source);
      const arn = `arn:aws:lambda:eu-central-1:000000000000:function:${name}`;
      host.register({
        name,
        arn,
        roleArn: `arn:aws:iam::000000000000:role/${name}`,
        codeDirectory,
        handler: 'index.handler',
        memoryMegabytes: 128,
        timeoutSeconds: 5,
        environment: {},
        logGroupName: `/aws/lambda/${name}`,
        logFormat: 'JSON',
        ...definition,
      });
      return arn;
    },
    async call(arn, event) {
      const result = await host.invoke(arn, JSON.stringify(event));
      return {
        value: JSON.parse(result.payload) as unknown,
        ...(result.functionError && { functionError: result.functionError }),
      };
    },
    close: () => host.close(),
  };
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { DatabaseKind } from '../../../shared/database/database-kind.ts';
import { PlatformData } from '../../../shared/database/platform-data.ts';
import { resolveEnvironment } from '../../environments.ts';

/** What the laptop must know of the platform that the deployed system protects: it stands in for that platform. */
const ProtectedPlatform = z.object({
  account: z.string(),
  region: z.string(),
  database: z.object({
    kind: DatabaseKind.default('instance'),
    identifier: z.string(),
    host: z.string(),
    port: z.int(),
    name: z.string(),
    user: z.string(),
    fenceProbeUser: z.string(),
    salvageUser: z.string().default('testudo_salvage'),
    securityGroupId: z.string(),
    subnetGroup: z.string(),
    parameterGroup: z.string(),
    clusterParameterGroup: z.string().optional(),
    replicas: z.array(z.string()),
    kmsKeyArn: z.string(),
    certificateAuthorityFile: z.string(),
    cutOver: z
      .discriminatedUnion('by', [
        z.object({ by: z.literal('rename') }),
        z.object({
          by: z.literal('proxy'),
          proxyName: z.string(),
          proxyArn: z.string(),
          targetGroupArn: z.string(),
          host: z.string(),
          securityGroupId: z.string(),
        }),
      ])
      .default({ by: 'rename' }),
    applicationSecrets: z.tuple([z.object({ secretArn: z.string() })]),
  }),
  platformDataFile: z.string(),
  network: z.object({ vpcId: z.string() }),
  exchanges: z.record(z.string(), z.url()),
  riskEngine: z.object({ healthUrl: z.url(), securityGroupId: z.string() }),
  approval: z.object({ approvers: z.array(z.object({ name: z.string(), arn: z.string() })) }),
});

export type ProtectedPlatform = z.infer<typeof ProtectedPlatform> & { readonly data: PlatformData };

/**
 * The environment of `cdk.json` that is deployed to the laptop. The CDK app validates it in full; here is read what the platform
 * itself is made from.
 * @throws {z.ZodError} when a key is missing.
 */
export function readProtectedPlatform(root: string, environment: string): ProtectedPlatform {
  const { context } = readJson(join(root, 'cdk.json')) as {
    context: { environments: Record<string, unknown> };
  };
  const platform = ProtectedPlatform.parse(resolveEnvironment(context.environments, environment));
  return { ...platform, data: PlatformData.parse(readJson(join(root, platform.platformDataFile))) };
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

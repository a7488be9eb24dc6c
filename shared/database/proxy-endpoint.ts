import * as z from 'zod';
import { type DatabaseAccessEnv, withDatabase } from './postgres.ts';
import type { ProofCheck } from './proof.ts';
import { proofCheck } from './proof-check.ts';
import { identifyServer, type ServerIdentity } from './server-identity.ts';

/** Environment of a function that looks where the clients of the database come out; both absent where they go by its name. */
export const ProxyEndpointEnv = z.object({
  DATABASE_PROXY_HOST: z.string().min(1).optional(),
  DATABASE_PROXY_PORT: z.coerce.number().int().positive().optional(),
});
export type ProxyEndpointEnv = z.infer<typeof ProxyEndpointEnv>;

/**
 * Whether the proxy that clients go through leads to this very server; no check where they go through none.
 * @param server as it was found past the proxy.
 * @throws {DatabaseUnreachable} when the proxy lets nobody through.
 */
export async function checkProxy(
  env: ProxyEndpointEnv & DatabaseAccessEnv,
  server: Pick<ServerIdentity, 'systemIdentifier' | 'timelineId'>,
): Promise<ProofCheck[]> {
  const { DATABASE_PROXY_HOST: host, DATABASE_PROXY_PORT: port } = env;
  if (host === undefined || port === undefined) return [];
  const found = await withDatabase({ host, port }, env, identifyServer, { throughProxy: true });
  return [proofCheck('reachable', 'proxy', textOf(found) === textOf(server), textOf(server), textOf(found))];
}

function textOf({ systemIdentifier, timelineId }: Pick<ServerIdentity, 'systemIdentifier' | 'timelineId'>) {
  return `system ${systemIdentifier}, timeline ${timelineId}`;
}

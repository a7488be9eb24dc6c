import type { DatabaseInstance } from './database-instance.ts';
import { DatabaseUnreachable } from './errors.ts';
import type { DatabaseEndpoint, DatabaseEndpointEnv } from './postgres.ts';

/** Where the instance listens; the endpoint of the configuration when RDS could not be asked, which stays with the identifier. */
export function endpointOf(
  instance: Pick<DatabaseInstance, 'host' | 'port'> | null,
  env: Pick<DatabaseEndpointEnv, 'DATABASE_HOST' | 'DATABASE_PORT'>,
): DatabaseEndpoint {
  return { host: instance?.host ?? env.DATABASE_HOST, port: instance?.port ?? env.DATABASE_PORT };
}

/**
 * Where exactly this instance listens: for a copy, whose name is not the platform's.
 * @throws {DatabaseUnreachable} while RDS has no endpoint for it.
 */
export function requireEndpoint({
  identifier,
  host,
  port,
}: Pick<DatabaseInstance, 'identifier' | 'host' | 'port'>): DatabaseEndpoint {
  if (host === null || port === null)
    throw new DatabaseUnreachable(`${identifier}: RDS has no endpoint for it`, 'ENOTFOUND');
  return { host, port };
}

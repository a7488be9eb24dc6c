import type { DatabaseInstance } from './database-instance.ts';
import type { DatabaseEndpoint, DatabaseEndpointEnv } from './postgres.ts';

/** Where the instance listens; the endpoint of the configuration when RDS could not be asked, which stays with the identifier. */
export function endpointOf(
  instance: Pick<DatabaseInstance, 'host' | 'port'> | null,
  env: Pick<DatabaseEndpointEnv, 'DATABASE_HOST' | 'DATABASE_PORT'>,
): DatabaseEndpoint {
  return { host: instance?.host ?? env.DATABASE_HOST, port: instance?.port ?? env.DATABASE_PORT };
}

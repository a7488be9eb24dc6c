import type { CutOverProxyEnv } from '../../shared/database/cut-over-input.ts';
import type { DatabaseServiceEnv } from '../../shared/database/database-kind.ts';
import type { DatabaseAccessEnv, DatabaseEndpointEnv } from '../../shared/database/postgres.ts';
import type { ProxyEndpointEnv } from '../../shared/database/proxy-endpoint.ts';
import type { SalvageAccessEnv } from '../../shared/database/salvage-access.ts';
import type { Variables } from './function-definition.ts';
import type { Resources } from './resources.ts';

/** Environment of every function that signs in to the database. */
export function accessVariables({ configuration }: Resources): Variables<DatabaseAccessEnv> {
  const { certificateAuthorityPem, database } = configuration;
  return {
    DATABASE_NAME: database.name,
    DATABASE_USER: database.user,
    ...(certificateAuthorityPem !== undefined && { DATABASE_CA_PEM: certificateAuthorityPem }),
  };
}

/** Environment of a function that signs in as the writing user. */
export function salvageVariables({ configuration }: Resources): Variables<SalvageAccessEnv> {
  return { DATABASE_SALVAGE_USER: configuration.database.salvageUser };
}

/** Environment of a function that looks where clients come out; empty where they go through no proxy. */
export function proxyVariables({ configuration }: Resources): Variables<ProxyEndpointEnv> {
  const { cutOver } = configuration.database;
  if (cutOver.by === 'rename') return {};
  return { DATABASE_PROXY_HOST: cutOver.host, DATABASE_PROXY_PORT: String(cutOver.port) };
}

/** Environment of a function that must know whose target a cut-over swaps; empty where it swaps none. */
export function cutOverVariables({ configuration }: Resources): Variables<CutOverProxyEnv> {
  const { cutOver } = configuration.database;
  if (cutOver.by === 'rename') return {};
  return { CUT_OVER_PROXY: JSON.stringify({ name: cutOver.proxyName, targetGroup: cutOver.targetGroup }) };
}

/** Environment of every function that must find the database without RDS, which the database's network does not reach. */
export function endpointVariables({ configuration }: Resources): Variables<DatabaseEndpointEnv> {
  const { host, port } = configuration.database;
  return { DATABASE_HOST: host, DATABASE_PORT: String(port) };
}

/** Environment of every function that asks RDS for databases. */
export function databaseServiceVariables({ configuration }: Resources): Variables<DatabaseServiceEnv> {
  return { DATABASE_KIND: configuration.database.kind };
}

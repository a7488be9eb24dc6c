import { auroraClusters } from './aurora-cluster.ts';
import type { DatabaseKind, DatabaseServiceEnv } from './database-kind.ts';
import { rdsInstances } from './rds-instance.ts';
import type { DatabaseService } from './restorable-database.ts';

const SERVICES: Readonly<Record<DatabaseKind, DatabaseService>> = {
  instance: rdsInstances,
  'aurora-cluster': auroraClusters,
};

/** The databases of the deployed system's kind. */
export function databaseService(env: DatabaseServiceEnv): DatabaseService {
  return SERVICES[env.DATABASE_KIND];
}

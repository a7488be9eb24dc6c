import * as z from 'zod';

/** What RDS keeps the platform's database as. */
export const DatabaseKind = z.enum(['instance', 'aurora-cluster']);
export type DatabaseKind = z.infer<typeof DatabaseKind>;

/** Environment of every function that asks RDS for databases. */
export const DatabaseServiceEnv = z.object({ DATABASE_KIND: DatabaseKind.default('instance') });
export type DatabaseServiceEnv = z.infer<typeof DatabaseServiceEnv>;

import * as z from 'zod';
import type { DatabaseAccessEnv } from './postgres.ts';

/** Environment of a function that signs in as the user that may write what is salvaged. */
export const SalvageAccessEnv = z.object({ DATABASE_SALVAGE_USER: z.string().min(1) });
export type SalvageAccessEnv = z.infer<typeof SalvageAccessEnv>;

/** Access to the same database as the writing user. */
export function salvageAccess({
  DATABASE_SALVAGE_USER,
  ...access
}: Omit<DatabaseAccessEnv, 'DATABASE_USER'> & SalvageAccessEnv): DatabaseAccessEnv {
  const { DATABASE_NAME, DATABASE_CA_PEM } = access;
  return {
    DATABASE_NAME,
    DATABASE_USER: DATABASE_SALVAGE_USER,
    ...(DATABASE_CA_PEM !== undefined && { DATABASE_CA_PEM }),
  };
}

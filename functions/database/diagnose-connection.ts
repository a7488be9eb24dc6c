import * as z from 'zod';
import {
  ConnectionDiagnosis,
  DiagnosisHistory,
  diagnoseConnection,
} from '../../shared/database/connection-diagnosis.ts';
import { EndpointFacts } from '../../shared/database/connection-facts.ts';
import { DatabaseServiceEnv } from '../../shared/database/database-kind.ts';
import { databaseService } from '../../shared/database/rds-database.ts';
import { requireDatabase } from '../../shared/database/restorable-database.ts';
import { StepEnv, StepInput, step } from '../../shared/incident/step.ts';

export const DiagnoseConnectionEnv = StepEnv.extend({
  DATABASE_IDENTIFIER: z.string().min(1),
  DATABASE_SECURITY_GROUP_ID: z.string().min(1),
  QUARANTINE_SECURITY_GROUP_ID: z.string().min(1),
  ...DatabaseServiceEnv.shape,
});
export type DiagnoseConnectionEnv = z.infer<typeof DiagnoseConnectionEnv>;

/** SOP database_connection_restore: why clients are kept out, from what RDS says and from what a client inside the network finds. */
export const handler = step({
  name: 'DiagnoseConnection',
  sopStep: '3',
  input: StepInput.extend({ endpoint: EndpointFacts, history: DiagnosisHistory }),
  output: ConnectionDiagnosis,
  env: DiagnoseConnectionEnv,
  run: async ({ endpoint, history }, { env }) => {
    const { status, securityGroupIds, iamAuthentication } = await requireDatabase(
      databaseService(env),
      env.DATABASE_IDENTIFIER,
    );
    const instance = {
      status,
      securityGroupIds,
      iamAuthentication,
      configuredSecurityGroupId: env.DATABASE_SECURITY_GROUP_ID,
      quarantineSecurityGroupId: env.QUARANTINE_SECURITY_GROUP_ID,
    };
    return diagnoseConnection({ instance, endpoint }, history);
  },
  events: ({ cause, healing, reason, checks }, { endpoint }) => [
    {
      type: 'connection.diagnosed',
      discriminator: `${cause}/${healing}`,
      summary: reason,
      detail: { cause, healing, checks, certificateDaysLeft: endpoint.certificate?.daysLeft ?? null },
    },
  ],
});

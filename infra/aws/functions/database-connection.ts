import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { DiagnoseConnectionEnv } from '../../../functions/database/diagnose-connection.ts';
import type { EndStuckSessionsEnv } from '../../../functions/database/end-stuck-sessions.ts';
import type { FailOverDatabaseEnv } from '../../../functions/database/fail-over-database.ts';
import type { ProbeConnectionEnv } from '../../../functions/database/probe-connection.ts';
import type { ProveApplicationSignInEnv } from '../../../functions/database/prove-application-sign-in.ts';
import type { RestoreSecurityGroupEnv } from '../../../functions/database/restore-security-group.ts';
import type { SignInAsApplicationEnv } from '../../../functions/database/sign-in-as-application.ts';
import type { StartDatabaseEnv } from '../../../functions/database/start-database.ts';
import type { VerifyConnectionEnv } from '../../../functions/database/verify-connection.ts';
import type { Configuration } from '../configuration.ts';
import { accessVariables, databaseServiceVariables, endpointVariables } from '../database-variables.ts';
import { defineFunction, type FunctionDefinition } from '../function-definition.ts';
import { permissionsOn } from '../permissions.ts';
import { rdsPermissions } from '../rds-permissions.ts';
import type { Resources } from '../resources.ts';
import { allow } from '../statements.ts';

/** SOP `database_connection_restore`: why clients are kept out, and what lets them in again. */
export function connectionFunctions(resources: Resources): FunctionDefinition[] {
  const { configuration, controlTable, timelineTable, quarantineSecurityGroupId } = resources;
  const may = permissionsOn(resources);
  const rds = rdsPermissions(resources);
  const timeline = { TIMELINE_TABLE: timelineTable.tableName };
  const service = databaseServiceVariables(resources);
  const { identifier, securityGroupId } = configuration.database;
  const lease = may.control('GetItem', 'PutItem');
  const inside = {
    inDatabaseNetwork: true,
    timeoutSeconds: 55,
    environment: { ...timeline, ...accessVariables(resources) },
    permissions: [may.appendTimeline, may.signIn],
  } as const;
  const groups = {
    DATABASE_SECURITY_GROUP_ID: securityGroupId,
    QUARANTINE_SECURITY_GROUP_ID: quarantineSecurityGroupId,
  };
  const signInFunction = `${configuration.platformName}-recovery-SignInAsApplication`;
  const secretArns = configuration.database.applicationSecrets.map(({ secretArn }) => secretArn);
  return [
    defineFunction<ProbeConnectionEnv>('database/probe-connection', {
      ...inside,
      environment: { ...inside.environment, ...endpointVariables(resources) },
    }),
    defineFunction<DiagnoseConnectionEnv>('database/diagnose-connection', {
      environment: { ...timeline, ...service, ...groups, DATABASE_IDENTIFIER: identifier },
      permissions: [may.appendTimeline, rds.describeSource],
    }),
    defineFunction<StartDatabaseEnv>('database/start-database', {
      environment: {
        ...timeline,
        ...service,
        CONTROL_TABLE: controlTable.tableName,
        DATABASE_IDENTIFIER: identifier,
      },
      permissions: [may.appendTimeline, lease, rds.describeSource, rds.startSource],
    }),
    defineFunction<FailOverDatabaseEnv>('database/fail-over-database', {
      environment: { ...timeline, CONTROL_TABLE: controlTable.tableName, DATABASE_IDENTIFIER: identifier },
      permissions: [may.appendTimeline, lease, ...rds.failOver],
    }),
    defineFunction<RestoreSecurityGroupEnv>('database/restore-security-group', {
      environment: {
        ...timeline,
        ...service,
        ...groups,
        CONTROL_TABLE: controlTable.tableName,
        DATABASE_IDENTIFIER: identifier,
      },
      permissions: [may.appendTimeline, lease, rds.describeSource, rds.restoreSecurityGroup],
    }),
    defineFunction<SignInAsApplicationEnv>('database/sign-in-as-application', {
      inDatabaseNetwork: true,
      timeoutSeconds: 25,
      environment: accessVariables(resources),
      permissions: [may.signIn],
    }),
    defineFunction<ProveApplicationSignInEnv>('database/prove-application-sign-in', {
      timeoutSeconds: 55,
      environment: {
        ...timeline,
        CONTROL_TABLE: controlTable.tableName,
        APPLICATION_SECRETS: JSON.stringify(secretArns),
        SIGN_IN_FUNCTION: signInFunction,
      },
      permissions: [
        may.appendTimeline,
        lease,
        allow(['lambda:InvokeFunction'], [functionArn(resources, signInFunction)]),
        ...readSecrets(configuration),
      ],
    }),
    defineFunction<EndStuckSessionsEnv>('database/end-stuck-sessions', inside),
    defineFunction<VerifyConnectionEnv>('database/verify-connection', inside),
  ];
}

function functionArn({ controlTable }: Resources, name: string): string {
  return Stack.of(controlTable).formatArn({
    service: 'lambda',
    resource: 'function',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    resourceName: name,
  });
}

/** The secrets of the applications; the platform's own, so each is named by its whole ARN. */
function readSecrets({ database, region }: Configuration): PolicyStatement[] {
  const { applicationSecrets } = database;
  if (applicationSecrets.length === 0) return [];
  const keys = applicationSecrets.flatMap(({ kmsKeyArn }) => kmsKeyArn ?? []);
  return [
    allow(
      ['secretsmanager:GetSecretValue'],
      applicationSecrets.map(({ secretArn }) => secretArn),
    ),
    ...(keys.length === 0
      ? []
      : [
          allow(['kms:Decrypt'], keys, {
            StringEquals: { 'kms:ViaService': `secretsmanager.${region}.amazonaws.com` },
          }),
        ]),
  ];
}

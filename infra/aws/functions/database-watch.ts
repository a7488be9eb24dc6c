import type { RecordBaselineEnv } from '../../../functions/database/record-baseline.ts';
import type { RecordFingerprintsEnv } from '../../../functions/database/record-fingerprints.ts';
import type { WatchRestorableTimeEnv } from '../../../functions/database/watch-restorable-time.ts';
import { accessVariables, databaseServiceVariables, endpointVariables } from '../database-variables.ts';
import { defineFunction, type FunctionDefinition } from '../function-definition.ts';
import { permissionsOn } from '../permissions.ts';
import { rdsPermissions } from '../rds-permissions.ts';
import type { Resources } from '../resources.ts';
import { allow } from '../statements.ts';

/** What looks at the database each minute. */
export function watchFunctions(resources: Resources): FunctionDefinition[] {
  const { configuration, controlTable, deadLetters } = resources;
  const may = permissionsOn(resources);
  const probe = {
    inDatabaseNetwork: true,
    timeoutSeconds: 55,
    environment: {
      CONTROL_TABLE: controlTable.tableName,
      DATABASE_IDENTIFIER: configuration.database.identifier,
      ...endpointVariables(resources),
      ...accessVariables(resources),
    },
    permissions: [
      may.control('Query', 'PutItem'),
      may.signIn,
      // Lambda sends what a failed probe was asked to the queue, in the name of the function.
      allow(['sqs:SendMessage'], [deadLetters.queueArn]),
    ],
  };
  return [
    // Probes that hang must not pile up on a database that is in trouble already.
    defineFunction<RecordBaselineEnv>('database/record-baseline', { ...probe, reservedConcurrency: 2 }),
    defineFunction<RecordFingerprintsEnv>('database/record-fingerprints', {
      ...probe,
      reservedConcurrency: 1,
    }),
    // Apart from the probe: RDS is not reached from the network of the database, and must be watched while that is down.
    defineFunction<WatchRestorableTimeEnv>('database/watch-restorable-time', {
      environment: {
        DATABASE_IDENTIFIER: configuration.database.identifier,
        ...databaseServiceVariables(resources),
      },
      permissions: [
        rdsPermissions(resources).describeSource,
        allow(['sqs:SendMessage'], [deadLetters.queueArn]),
      ],
    }),
  ];
}

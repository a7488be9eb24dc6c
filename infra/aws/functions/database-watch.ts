import type { RecordBaselineEnv } from '../../../functions/database/record-baseline.ts';
import type { RecordFingerprintsEnv } from '../../../functions/database/record-fingerprints.ts';
import { accessVariables, endpointVariables } from '../database-variables.ts';
import { defineFunction, type FunctionDefinition } from '../function-definition.ts';
import { permissionsOn } from '../permissions.ts';
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
  ];
}

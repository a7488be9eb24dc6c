import { describe } from 'vitest';
import { describeDatabaseService, sourceSpec } from './fixtures/database-conformance.ts';

describe('RDS instances', () => {
  describeDatabaseService({
    kind: 'instance',
    create: ({ rds }) => rds.createInstance(sourceSpec()),
    logs: 'instance.EnabledCloudwatchLogsExports[postgresql]',
  });
});

import { describe } from 'vitest';
import type { ClusterSpec } from '../../infra/local/rds/create-cluster.ts';
import { describeDatabaseService, sourceSpec } from './fixtures/database-conformance.ts';

const member = (identifier: string): ClusterSpec['members'][number] => ({
  identifier,
  attributes: {
    DBInstanceClass: 'db.r7g.xlarge',
    PreferredMaintenanceWindow: 'sat:04:00-sat:04:30',
    MonitoringInterval: 15,
    MonitoringRoleArn: 'arn:aws:iam::111122223333:role/monitoring',
  },
});

describe('Aurora clusters', () => {
  describeDatabaseService({
    kind: 'aurora-cluster',
    create: ({ rds }) =>
      rds.createCluster({
        ...sourceSpec(),
        members: [member('orders-1'), member('orders-2')],
        scaling: { MinCapacity: 0.5, MaxCapacity: 8 },
      }),
    logs: 'cluster.EnabledCloudwatchLogsExports[postgresql]',
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handler as diagnoseConnection } from '../../functions/database/diagnose-connection.ts';
import { handler as failOverDatabase } from '../../functions/database/fail-over-database.ts';
import { handler as probeConnection } from '../../functions/database/probe-connection.ts';
import { handler as restoreSecurityGroup } from '../../functions/database/restore-security-group.ts';
import { handler as startDatabase } from '../../functions/database/start-database.ts';
import type { EndpointFacts } from '../../shared/database/connection-facts.ts';
import { probeEndpoint } from '../../shared/database/probe-endpoint.ts';
import { getInstance } from '../../shared/database/rds.ts';
import {
  DATABASE,
  invoke,
  LIVE,
  type RecoveryDatabase,
  STEP,
  startRecoveryDatabase,
  until,
} from '../fixtures/recovery-database.ts';

const NEW = { rounds: 0, tried: [] };
let database: RecoveryDatabase;
beforeAll(async () => {
  database = await startRecoveryDatabase();
  process.env.DATABASE_SECURITY_GROUP_ID = 'sg-database';
});
afterAll(() => database.close());

const access = () => ({
  DATABASE_NAME: DATABASE,
  DATABASE_USER: 'testudo_recovery',
  DATABASE_CA_PEM: process.env.DATABASE_CA_PEM,
});
async function diagnose(endpoint?: EndpointFacts) {
  const found = endpoint ?? (await invoke(probeConnection, STEP));
  return invoke(diagnoseConnection, { ...STEP, endpoint: found, history: NEW });
}
const untilAvailable = () =>
  until('the instance is available', async () =>
    (await getInstance(LIVE)).DBInstanceStatus === 'available' ? true : undefined,
  );
describe('a lost connection', () => {
  it('is not lost where a client gets in; the certificate and its days are seen', async () => {
    const endpoint = await invoke(probeConnection, STEP);
    expect(endpoint).toMatchObject({ fault: null, inRecovery: false, certificate: { trustFault: null } });
    expect(endpoint.certificate?.daysLeft).toBeGreaterThan(300);
    expect(await diagnose()).toMatchObject({ cause: 'none', healing: 'none' });
  });

  it('by a stopped instance is found and healed by starting it, once', async () => {
    await database.rds.stopInstance(LIVE);
    expect(await diagnose()).toMatchObject({ cause: 'instance-stopped', healing: 'start-instance' });
    expect(await invoke(startDatabase, STEP)).toMatchObject({ identifier: LIVE, started: true });
    expect(await invoke(startDatabase, STEP)).toMatchObject({ started: false });
    await untilAvailable();
    expect(await diagnose()).toMatchObject({ cause: 'none' });
  });

  it('by a lost security group is found and healed by giving it back beside what is there', async () => {
    database.rds.loseSecurityGroups(LIVE);
    expect(await diagnose()).toMatchObject({ cause: 'security-group-lost' });
    const healed = { before: ['sg-default'], after: ['sg-default', 'sg-database'] };
    expect(await invoke(restoreSecurityGroup, STEP)).toMatchObject(healed);
    await untilAvailable();
    expect(await diagnose()).toMatchObject({ cause: 'none' });
    expect(await invoke(restoreSecurityGroup, STEP)).toMatchObject({ before: ['sg-database', 'sg-default'] });
  });

  it('by a dead server of a Multi-AZ instance is healed by its standby, once', async () => {
    const source = database.rds.instances().find(({ identifier }) => identifier === LIVE);
    if (source) source.attributes = { ...source.attributes, MultiAZ: true };
    const fromZone = (await getInstance(LIVE)).AvailabilityZone ?? '';
    await database.rds.stopDatabase(LIVE);
    expect(await invoke(failOverDatabase, { ...STEP, fromZone })).toMatchObject({
      identifier: LIVE,
      forced: true,
    });
    await untilAvailable();
    expect(await invoke(failOverDatabase, { ...STEP, fromZone })).toMatchObject({ forced: false });
    expect((await getInstance(LIVE)).AvailabilityZone).not.toBe(fromZone);
    expect(await diagnose()).toMatchObject({ cause: 'none' });
  });

  it('by the fence of a cut-over is never opened', async () => {
    const source = database.rds.instances().find(({ identifier }) => identifier === LIVE);
    const groups = source?.securityGroupIds ?? [];
    if (source) source.securityGroupIds = ['sg-quarantine'];
    expect(await diagnose()).toMatchObject({ cause: 'instance-fenced', healing: 'people' });
    await expect(invoke(restoreSecurityGroup, STEP)).rejects.toMatchObject({
      name: 'CutOverStateUnexpected',
    });
    if (source) source.securityGroupIds = groups;
  });

  it.each([
    ['name-not-resolved', { host: 'no-such-name.invalid', port: 5432 }],
    ['server-down', { host: '127.0.0.1', port: 1 }],
  ])('by %s is found at the endpoint', async (cause, endpoint) => {
    expect(await diagnose(await probeEndpoint(endpoint, access(), new Date()))).toMatchObject({ cause });
  });

  it('by a certificate that clients do not trust is told apart from everything else', async () => {
    const { host, port } = await database.instance();
    const endpoint = { host: host ?? '', port: port ?? 0 };
    const found = await probeEndpoint(endpoint, { ...access(), DATABASE_CA_PEM: undefined }, new Date());
    expect(await diagnose(found)).toMatchObject({ cause: 'certificate-refused', healing: 'people' });
  });

  it('is healed by nobody while another recovery holds the lease', async () => {
    const other = { ...STEP, executionId: `${STEP.executionId}-other` };
    await expect(invoke(startDatabase, other)).rejects.toMatchObject({ name: 'RecoveryLeaseLost' });
    await expect(invoke(restoreSecurityGroup, other)).rejects.toMatchObject({ name: 'RecoveryLeaseLost' });
  });
});

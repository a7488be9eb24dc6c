import { describe, expect, it } from 'vitest';
import { collectPlatformDiagnostics, missingParts } from '../../shared/incident/platform-diagnostics.ts';

const AT = '2026-01-31T03:05:08.000Z';
const sources = {
  instance: async () => ({ DBInstanceStatus: 'available' }),
  logLines: async () => ['LOG:  checkpoint'],
  alarmHistory: async (name: string) => [{ name }],
};

describe('diagnostics of the platform', () => {
  it('hold everything that was asked for', async () => {
    const diagnostics = await collectPlatformDiagnostics(
      'INC-20260131-0a1b2c3d',
      AT,
      ['one', 'two'],
      sources,
    );
    expect(missingParts(diagnostics)).toEqual([]);
    expect(diagnostics).toMatchObject({
      logLines: { collected: ['LOG:  checkpoint'] },
      alarmHistory: { one: { collected: [{ name: 'one' }] }, two: { collected: [{ name: 'two' }] } },
    });
  });

  it('keep what there is when a source fails, and name it', async () => {
    const diagnostics = await collectPlatformDiagnostics('INC-20260131-0a1b2c3d', AT, ['one', 'two'], {
      ...sources,
      logLines: () => Promise.reject(new Error('no log')),
      alarmHistory: async (name) => (name === 'two' ? Promise.reject(new Error('denied')) : []),
    });
    expect(missingParts(diagnostics)).toEqual(['logLines', 'two']);
    expect(diagnostics.instance).toEqual({ collected: { DBInstanceStatus: 'available' } });
  });
});

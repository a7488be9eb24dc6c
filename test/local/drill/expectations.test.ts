import { describe, expect, test } from 'vitest';
import { checkExpectations, type Measured } from '../../../infra/local/drill/expectations.ts';
import type { Scenario } from '../../../infra/local/drill/scenario.ts';

const measured: Measured = {
  severity: 'P0',
  recovery: 'point-in-time-restore',
  trading: 'ACTIVE',
  status: 'closed',
  states: ['OpenIncident', 'HaltTrading', 'AssessDatabase', 'HaltTrading', 'ResumeTrading'],
  metrics: {
    detectionSeconds: 1,
    responseSeconds: 2,
    recoverySeconds: 20,
    rpoSeconds: 9,
    rpoTransactions: 9,
    rpoRows: 9,
    rpoSecondsAfterSalvage: 9,
    rpoTransactionsAfterSalvage: 9,
    rpoRowsAfterSalvage: 9,
    rpoBasis: 'last-commit',
    dataIntegrity: 1,
    userNoticeSeconds: null,
    adherence: 0.9,
  },
  data: {
    expectedRows: 10,
    restoredRows: 10,
    rowsLost: 0,
    rowsAfterPoint: 7,
    rowsSalvaged: 0,
    rowsStrayed: 0,
    rpoSeconds: 3,
    verified: true,
    problems: [],
  },
};

describe('an expectation', () => {
  test.each<[expected: Scenario['expect'], passed: boolean]>([
    [{ severity: 'P0' }, true],
    [{ severity: 'P1' }, false],
    [{ severity: 'none' }, false],
    [{ recovery: 'point-in-time-restore' }, true],
    [{ recovery: 'none' }, false],
    [{ trading: 'HALTED' }, false],
    [{ status: 'closed' }, true],
    [{ status: 'handed-over' }, false],
    [{ rowsLost: 0 }, true],
    [{ rowsLost: 1 }, false],
    [{ rowsAfterPoint: 7 }, true],
    [{ rowsAfterPoint: 6 }, false],
    [{ verified: true }, true],
    [{ verified: false }, false],
    [{ detectionSeconds: 1 }, true],
    [{ responseSeconds: 1.9 }, false],
    [{ recoverySeconds: 20.5 }, true],
    [{ rpoSeconds: 3 }, true],
    [{ rpoSeconds: 2.999 }, false],
    [{ adherence: 0.9 }, true],
    [{ adherence: 1 }, false],
    [{ states: ['OpenIncident', 'ResumeTrading'] }, true],
    [{ states: ['HaltTrading', 'HaltTrading'] }, true],
    [{ states: ['ResumeTrading', 'OpenIncident'] }, false],
    [{ states: ['OpenIncident', 'CloseIncident'] }, false],
  ])('%j holds: %s', (expected, passed) => {
    expect(checkExpectations(expected, measured).map((check) => check.passed)).toEqual([passed]);
  });

  test('about something that could not be measured fails', () => {
    expect(checkExpectations({ userNoticeSeconds: 600 }, measured)).toMatchObject([
      { measured: null, passed: false },
    ]);
  });

  test('that the scenario does not name is not checked', () => {
    expect(checkExpectations({}, measured)).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import * as databaseErrors from '../../shared/database/errors.ts';
import { HandOverState, nextSteps, rootCause } from '../../shared/incident/next-steps.ts';
import * as tradingErrors from '../../shared/trading/errors.ts';

const lambdaFailure = JSON.stringify({
  errorType: 'VerificationFailed',
  errorMessage: 'trades: 3 rows missing',
  trace: [],
});

describe('what people are told to do next', () => {
  it('finds the error behind nested child executions', () => {
    const child = JSON.stringify({
      ExecutionArn: 'arn',
      Status: 'FAILED',
      Error: 'VerificationFailed',
      Cause: lambdaFailure,
    });
    const grandchild = JSON.stringify({
      ExecutionArn: 'arn',
      Status: 'FAILED',
      Error: 'States.TaskFailed',
      Cause: child,
    });
    expect(rootCause({ Error: 'States.TaskFailed', Cause: grandchild })).toEqual({
      error: 'VerificationFailed',
      message: 'trades: 3 rows missing',
    });
  });

  it('knows an execution that somebody stopped, which has no error of its own', () => {
    const child = JSON.stringify({ ExecutionArn: 'arn:cut-over', Status: 'ABORTED' });
    const failure = { Error: 'States.TaskFailed', Cause: child };
    expect(rootCause(failure)).toEqual({ error: 'ExecutionAborted', message: 'arn:cut-over was stopped' });
    expect(nextSteps({ halt: undefined, failure })[0]?.action).toContain('begunCutOver');
  });

  it.each(['', 'plain words', '{"broken": ', '[1]', '"text"', 'null'])(
    'takes a cause that is no JSON object as it is: %s',
    (Cause) => {
      expect(rootCause({ Error: 'States.Timeout', Cause })).toEqual({
        error: 'States.Timeout',
        message: Cause,
      });
    },
  );

  it.each(Object.keys({ ...databaseErrors, ...tradingErrors }).filter((name) => name !== 'HaltNotDurable'))(
    'is known for every error of the database and trading domains: %s',
    (name) => {
      expect(nextSteps({ halt: undefined, failure: { Error: name, Cause: '' } })[0]?.action).not.toMatch(
        /unexpected error/,
      );
    },
  );

  it('is understood of an incident that halted nothing: people are told of a P1 too', () => {
    const failure = { Error: 'StatementFailed', Cause: '' };
    expect(HandOverState.parse({ failure })).toEqual({ failure });
  });

  it('is never empty', () => {
    expect(nextSteps({ halt: undefined })).toHaveLength(1);
    expect(
      nextSteps({ halt: undefined, failure: { Error: 'NeverSeenBefore', Cause: '' } })[0]?.action,
    ).toMatch(/unexpected error/);
  });

  it('puts a halt that was not stored before everything else', () => {
    const tasks = nextSteps({
      halt: undefined,
      haltFailure: { Error: 'HaltNotDurable', Cause: '' },
      failure: { Error: 'ApprovalDenied', Cause: '' },
    });
    expect(tasks.map(({ sopStep }) => sopStep)).toEqual([
      '1.1 Halt all trading operations',
      '3 Recovery Strategy Selection',
    ]);
  });
});

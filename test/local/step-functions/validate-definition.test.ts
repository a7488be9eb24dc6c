import { describe, expect, it } from 'vitest';
import { validateDefinition } from '../../../infra/local/step-functions/validate-definition.ts';
import { functionArn } from './step-functions-rig.ts';

const machine = (state: object, others: object = {}) =>
  JSON.stringify({ StartAt: 'First', States: { First: { End: true, ...state }, ...others } });
const task = (fields: object) => machine({ Type: 'Task', Resource: functionArn('f'), ...fields });
const iterator = (parameters: object) => ({
  StartAt: 'Inner',
  States: { Inner: { Type: 'Pass', Parameters: parameters, End: true } },
});

describe('a definition is refused, and the reason names state and field,', () => {
  it.each([
    ['that is no JSON', '{', /not JSON/],
    [
      'with a target that does not exist',
      machine({ Type: 'Pass', End: undefined, Next: 'No' }),
      /MISSING_TRANSITION_TARGET/,
    ],
    ['with an unreachable state', machine({ Type: 'Pass' }, { Lost: { Type: 'Pass', End: true } }), /Lost/],
    ['in JSONata', '{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Succeed"}}}', /JSONPath/],
    ['with a heartbeat', task({ HeartbeatSeconds: 5 }), /First: 'HeartbeatSeconds'/],
    [
      'with an integration that the laptop lacks',
      task({ Resource: 'arn:aws:states:::sqs:sendMessage' }),
      /First: .*sqs:sendMessage/,
    ],
    ['with States.JsonToString', task({ Parameters: { 'a.$': 'States.JsonToString($)' } }), /backslashes/],
    ['with $$.State.RetryCount', task({ Parameters: { 'a.$': '$$.State.RetryCount' } }), /\$\$\.State/],
    ['with brackets in ResultPath', task({ ResultPath: "$['a']" }), /ResultPath/],
    ['with a Fail state without Error', machine({ Type: 'Fail', End: undefined }), /First: a Fail state/],
    [
      'with $$.Map inside an iterator',
      machine({ Type: 'Map', ItemProcessor: iterator({ 'a.$': '$$.Map.Item.Value' }) }),
      /Inner: pass \$\$\.Map/,
    ],
    [
      'with States.TaskFailed on a Parallel state',
      machine(
        {
          Type: 'Parallel',
          Branches: [iterator({})],
          Catch: [{ ErrorEquals: ['States.TaskFailed'], Next: 'Then' }],
        },
        { Then: { Type: 'Succeed' } },
      ),
      /States\.TaskFailed on a Parallel/,
    ],
  ])('%s', (_case, definition, reason) => {
    expect(() => validateDefinition('sample', definition)).toThrow(reason);
    expect(() => validateDefinition('sample', definition)).toThrow(/^State machine 'sample'/);
  });
});

describe('a definition is accepted', () => {
  it('with $$.Map in the selector of a Map state', () => {
    const text = machine({
      Type: 'Map',
      ItemSelector: { 'index.$': '$$.Map.Item.Index' },
      ItemProcessor: iterator({}),
    });
    expect(validateDefinition('sample', text).StartAt).toBe('First');
  });

  it('with the integrations of the recovery', () => {
    for (const resource of [
      'arn:aws:states:::lambda:invoke',
      'arn:aws:states:::lambda:invoke.waitForTaskToken',
      'arn:aws:states:::states:startExecution',
      'arn:aws:states:::states:startExecution.sync:2',
    ]) {
      expect(validateDefinition('sample', task({ Resource: resource })).StartAt).toBe('First');
    }
  });
});

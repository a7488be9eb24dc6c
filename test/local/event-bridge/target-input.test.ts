import { describe, expect, it } from 'vitest';
import { compileTargetInput } from '../../../infra/local/event-bridge/target-input.ts';

const event = { source: 'aws.rds', detail: { name: 'say "hi"', count: 3, list: [{ id: 'x' }] } };

describe('the input of a target', () => {
  it('is the event unless the target says otherwise', () => {
    expect(JSON.parse(compileTargetInput({ id: 't' })(event))).toEqual(event);
  });

  it('can be constant, or a part of the event', () => {
    expect(compileTargetInput({ id: 't', input: '{"a":1}' })(event)).toBe('{"a":1}');
    expect(compileTargetInput({ id: 't', inputPath: '$.detail.list[0].id' })(event)).toBe('"x"');
  });

  it('can be a template, whose values stay valid JSON inside and outside of strings', () => {
    const input = compileTargetInput({
      id: 't',
      inputTransformer: {
        inputPathsMap: { name: '$.detail.name', count: '$.detail.count', none: '$.detail.absent' },
        inputTemplate:
          '{"text":"it is <name>","name":<name>,"count":<count>,"none":<none>,"all":<aws.events.event.json>}',
      },
    });
    expect(JSON.parse(input(event))).toEqual({
      text: 'it is say "hi"',
      name: 'say "hi"',
      count: 3,
      none: null,
      all: event,
    });
  });

  it('is refused when a path is more than fields and indices', () => {
    expect(() => compileTargetInput({ id: 't', inputPath: '$.detail[*]' })).toThrow(/Target 't'/);
  });
});

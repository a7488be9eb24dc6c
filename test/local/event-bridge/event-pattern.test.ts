import { describe, expect, it } from 'vitest';
import { compilePattern } from '../../../infra/local/event-bridge/event-pattern.ts';

const alarmEvent = {
  source: 'aws.cloudwatch',
  'detail-type': 'CloudWatch Alarm State Change',
  resources: ['arn:aws:cloudwatch:eu-central-1:1:alarm:database-down'],
  detail: { alarmName: 'database-down', state: { value: 'ALARM' }, count: 7, tags: ['a', 'b'], none: null },
};

describe('an event pattern', () => {
  it.each([
    ['an exact value of a nested field', { detail: { state: { value: ['ALARM'] } } }, true],
    ['one of several values', { source: ['aws.rds', 'aws.cloudwatch'] }, true],
    ['every field at once', { source: ['aws.cloudwatch'], detail: { state: { value: ['OK'] } } }, false],
    ['any element of a list', { detail: { tags: ['b'] } }, true],
    ['null as a value', { detail: { none: [null] } }, true],
    ['a number as a number', { detail: { count: ['7'] } }, false],
    ['a prefix', { resources: [{ prefix: 'arn:aws:cloudwatch:' }] }, true],
    ['a suffix', { detail: { alarmName: [{ suffix: '-down' }] } }, true],
    ['a wildcard', { detail: { alarmName: [{ wildcard: 'data*-d*n' }] } }, true],
    ['a wildcard on the whole text', { detail: { alarmName: [{ wildcard: 'data*-' }] } }, false],
    ['text in any case', { detail: { alarmName: [{ 'equals-ignore-case': 'DATABASE-DOWN' }] } }, true],
    ['anything but a value', { detail: { state: { value: [{ 'anything-but': 'OK' }] } } }, true],
    [
      'anything but several values',
      { detail: { state: { value: [{ 'anything-but': ['OK', 'ALARM'] }] } } },
      false,
    ],
    ['anything but a prefix', { detail: { alarmName: [{ 'anything-but': { prefix: 'data' } }] } }, false],
    ['a number in a range', { detail: { count: [{ numeric: ['>', 5, '<=', 7] }] } }, true],
    ['a number out of range', { detail: { count: [{ numeric: ['<', 7] }] } }, false],
    ['the presence of a field', { detail: { count: [{ exists: true }] } }, true],
    ['the absence of a field', { detail: { nothing: [{ exists: false }] } }, true],
    ['absence only where it is absent', { detail: { count: [{ exists: false }] } }, false],
    ['one of alternatives', { $or: [{ source: ['x'] }, { detail: { count: [7] } }] }, true],
  ])('matches %s', (_rule, pattern, expected) => {
    expect(compilePattern(pattern)(alarmEvent)).toBe(expected);
  });

  it.each([
    [
      'an unknown matcher',
      { detail: { a: [{ cidr: '10.0.0.0/8' }] } },
      /'\$\.detail\.a': unknown matcher 'cidr'/,
    ],
    ['a value outside a list', { source: 'aws.rds' }, /'\$\.source': must be an object or a list/],
    ['an empty list', { source: [] }, /at least one value/],
    ['a wrong comparison', { a: [{ numeric: ['=>', 1] }] }, /numeric/],
    ['nothing at all', {}, /at least one field/],
  ])('is refused at registration with %s', (_case, pattern, reason) => {
    expect(() => compilePattern(pattern)).toThrow(reason);
  });
});

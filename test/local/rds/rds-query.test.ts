import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { field, parseFields, parseQuery } from '../../../infra/local/rds/rds-query.ts';

test('dotted names are structures, numbers in them lists, and the name of list items does not matter', () => {
  const body = new URLSearchParams([
    ['Action', 'ModifyDBInstance'],
    ['VpcSecurityGroupIds.VpcSecurityGroupId.2', 'sg-2'],
    ['VpcSecurityGroupIds.VpcSecurityGroupId.1', 'sg-1'],
    ['Tags.Tag.1.Key', 'incident'],
    ['Tags.Tag.1.Value', 'inc 1 & 2'],
    ['CloudwatchLogsExportConfiguration.EnableLogTypes.member.1', 'postgresql'],
    ['Filters.Filter.1.Name', 'db-instance-id'],
    ['Filters.Filter.1.Values.Value.1', 'platform'],
  ]).toString();
  expect(parseQuery(body)).toEqual({
    Action: 'ModifyDBInstance',
    VpcSecurityGroupIds: ['sg-1', 'sg-2'],
    Tags: [{ Key: 'incident', Value: 'inc 1 & 2' }],
    CloudwatchLogsExportConfiguration: { EnableLogTypes: ['postgresql'] },
    Filters: [{ Name: 'db-instance-id', Values: ['platform'] }],
  });
});

test('no name can reach beyond the fields', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('__proto__', 'constructor', 'prototype', 'a', '1'), { minLength: 1 }),
      (path) => {
        parseQuery(`${path.join('.')}=polluted`);
        expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
        expect(Object.prototype).not.toHaveProperty('a');
      },
    ),
    { seed: 20261122 },
  );
});

const schema = z.strictObject({ Name: field.identifier, Days: field.whole.max(35).optional() });

test.each([
  ['a missing field', 'Days=1', 'MissingParameter', /Name/],
  ['an unknown field', 'Name=a&Dayz=1', 'InvalidParameterValue', /Dayz/],
  ['a number that is none', 'Name=a&Days=many', 'InvalidParameterValue', /Days/],
  ['a number out of range', 'Name=a&Days=36', 'InvalidParameterValue', /Days/],
  [
    'an identifier with two hyphens in a row',
    'Name=a--b',
    'InvalidParameterValue',
    /Name.*identifiers must begin/,
  ],
])('%s is refused by its name', (_case, body, code, message) => {
  expect(() => parseFields(schema, parseQuery(body))).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) }),
  );
});

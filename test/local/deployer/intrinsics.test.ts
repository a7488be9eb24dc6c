import { describe, expect, it } from 'vitest';
import {
  type ReferenceLookup,
  referencesIn,
  resolveIntrinsics,
} from '../../../infra/local/deployer/intrinsics.ts';

const lookup: ReferenceLookup = {
  ref: (id) => ({ Table: 'control', 'AWS::Region': 'eu-central-1', List: ['a', 'b'] })[id],
  attribute: (id, attribute) => (id === 'Table' && attribute === 'Arn' ? 'arn:table/control' : undefined),
};

describe('an intrinsic function is replaced by what it stands for', () => {
  it.each([
    ['Ref', { Ref: 'Table' }, 'control'],
    ['Fn::GetAtt as a list', { 'Fn::GetAtt': ['Table', 'Arn'] }, 'arn:table/control'],
    ['Fn::GetAtt as a text', { 'Fn::GetAtt': 'Table.Arn' }, 'arn:table/control'],
    ['Fn::Join of nested functions', { 'Fn::Join': ['/', ['x', { Ref: 'Table' }]] }, 'x/control'],
    [
      'Fn::Select from a split',
      { 'Fn::Select': [1, { 'Fn::Split': ['/', { 'Fn::GetAtt': ['Table', 'Arn'] }] }] },
      'control',
    ],
    [
      'Fn::Sub',
      { 'Fn::Sub': `\${Table}.\${AWS::Region}.\${Table.Arn}` },
      'control.eu-central-1.arn:table/control',
    ],
    [
      'Fn::Sub with variables of its own',
      { 'Fn::Sub': [`\${Name}-\${Table}`, { Name: { Ref: 'AWS::Region' } }] },
      'eu-central-1-control',
    ],
    ['Fn::Sub of a literal', { 'Fn::Sub': `\${!Table}` }, `\${Table}`],
    ['AWS::NoValue in an object', { a: 1, b: { Ref: 'AWS::NoValue' } }, { a: 1 }],
    ['AWS::NoValue in a list', ['a', { Ref: 'AWS::NoValue' }], ['a']],
    ['anything else as it is', { deep: [{ value: true }] }, { deep: [{ value: true }] }],
  ])('%s', (_name, value, expected) => {
    expect(resolveIntrinsics(value, lookup)).toEqual(expected);
  });
});

describe('what cannot be resolved is named', () => {
  it.each([
    ['an unknown function', { 'Fn::ImportValue': 'x' }, /Fn::ImportValue/],
    ['a missing resource', { Ref: 'Gone' }, /Ref Gone/],
    ['a missing attribute', { 'Fn::GetAtt': ['Table', 'StreamArn'] }, /Table\.StreamArn/],
    ['a place in a list that is not there', { 'Fn::Select': [5, { Ref: 'List' }] }, /Fn::Select 5/],
    ['a dynamic reference', '{{resolve:secretsmanager:token}}', /dynamic references/],
  ])('%s', (_name, value, message) => {
    expect(() => resolveIntrinsics(value, lookup)).toThrow(message);
  });
});

describe('the references in a value', () => {
  it('are found wherever they hide', () => {
    const value = {
      a: [{ Ref: 'A' }],
      b: { 'Fn::GetAtt': ['B', 'Arn'] },
      c: { 'Fn::Sub': [`\${C.Arn} \${own} \${!Literal}`, { own: { Ref: 'D' } }] },
    };
    expect(referencesIn(value)).toEqual(['A', 'B', 'C', 'D']);
  });
});

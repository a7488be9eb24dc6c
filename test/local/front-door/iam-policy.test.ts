import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate, parsePolicy } from '../../../infra/local/front-door/iam-policy.ts';

const table = 'arn:aws:dynamodb:eu-central-1:000000000000:table/control';

function decide(statements: unknown, action: string, resource: string, context = {}) {
  return evaluate(parsePolicy({ Statement: statements }, 'test'), { action, resource, context });
}

const actions = ['dynamodb:GetItem', 'dynamodb:PutItem', 's3:GetObject', 'sns:Publish'] as const;
const resources = [
  table,
  `${table}/index/by-day`,
  'arn:aws:s3:::reports/a/b',
  'arn:aws:sns:eu-central-1:0:t',
] as const;
const statement = fc.record({
  Effect: fc.constantFrom('Allow', 'Deny'),
  Action: fc.constantFrom('*', 'dynamodb:*', 'dynamodb:Get*', 's3:GetObject', 'sns:Publis?'),
  Resource: fc.constantFrom('*', `${table}*`, table, 'arn:aws:s3:::reports/*'),
});

describe('a set of statements', () => {
  it('denies whatever one statement denies, whatever the others allow', () => {
    fc.assert(
      fc.property(
        fc.array(statement),
        fc.constantFrom(...actions),
        fc.constantFrom(...resources),
        (others, action, resource) => {
          const denying = { Effect: 'Deny', Action: action, Resource: resource };
          expect(decide([...others, denying], action, resource)).toBe('explicit-deny');
        },
      ),
      { seed: 20261122 },
    );
  });

  it('does not depend on the order of its statements', () => {
    fc.assert(
      fc.property(
        fc.array(statement),
        fc.constantFrom(...actions),
        fc.constantFrom(...resources),
        (statements, action, resource) => {
          expect(decide(statements, action, resource)).toBe(
            decide(statements.toReversed(), action, resource),
          );
        },
      ),
      { seed: 20261122 },
    );
  });

  it('allows nothing that no statement names', () => {
    expect(decide([], 'dynamodb:GetItem', table)).toBe('implicit-deny');
    expect(
      decide([{ Effect: 'Allow', Action: 'dynamodb:PutItem', Resource: table }], 'dynamodb:GetItem', table),
    ).toBe('implicit-deny');
  });

  it('allows with a wildcard whatever it allows without', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z]{2,8}$/),
        fc.stringMatching(/^[A-Z][A-Za-z]{1,12}$/),
        (service, name) => {
          const action = `${service}:${name}`;
          for (const pattern of [
            '*',
            `${service}:*`,
            `${service}:${name[0]}*`,
            action,
            action.toUpperCase(),
          ]) {
            expect(decide({ Effect: 'Allow', Action: pattern, Resource: '*' }, action, table)).toBe('allow');
          }
        },
      ),
      { seed: 20261122 },
    );
  });

  it('takes the characters of a resource as they are, except for * and ?', () => {
    const allow = (resource: string) => ({ Effect: 'Allow', Action: '*', Resource: resource });
    expect(decide(allow('arn:aws:s3:::a.b/x'), 's3:GetObject', 'arn:aws:s3:::aXb/x')).toBe('implicit-deny');
    expect(decide(allow('arn:aws:s3:::a?b/x'), 's3:GetObject', 'arn:aws:s3:::aXb/x')).toBe('allow');
    expect(decide(allow(table), 'dynamodb:Query', `${table}/index/by-day`)).toBe('implicit-deny');
    expect(decide(allow(table), 'dynamodb:Query', table.toUpperCase())).toBe('implicit-deny');
  });
});

describe('a condition', () => {
  const allowIf = (condition: object) => ({
    Effect: 'Allow',
    Action: '*',
    Resource: '*',
    Condition: condition,
  });
  const from = { 'ses:FromAddress': ['alerts@testudo.example'], 's3:TlsVersion': ['1.2'] };

  it.each([
    ['StringEquals', { StringEquals: { 'ses:FromAddress': 'alerts@testudo.example' } }, 'allow'],
    [
      'StringEquals of another value',
      { StringEquals: { 'ses:FromAddress': 'x@testudo.example' } },
      'implicit-deny',
    ],
    ['StringLike', { StringLike: { 'ses:FromAddress': ['nobody', '*@testudo.example'] } }, 'allow'],
    ['StringNotEquals', { StringNotEquals: { 'ses:FromAddress': 'x@testudo.example' } }, 'allow'],
    ['a key of another spelling', { StringEquals: { 'SES:fromaddress': 'alerts@testudo.example' } }, 'allow'],
    ['a key that the request lacks', { StringEquals: { 'aws:SourceArn': 'x' } }, 'implicit-deny'],
    [
      '…IfExists of a key that the request lacks',
      { StringEqualsIfExists: { 'aws:SourceArn': 'x' } },
      'allow',
    ],
    ['Null of a key that the request lacks', { Null: { 'aws:SourceArn': 'true' } }, 'allow'],
    ['NumericLessThan of a larger number', { NumericLessThan: { 's3:TlsVersion': '1.2' } }, 'implicit-deny'],
    ['NumericLessThan of a smaller number', { NumericLessThan: { 's3:TlsVersion': '1.25' } }, 'allow'],
    ['Null of a key that the request has', { Null: { 'ses:FromAddress': 'true' } }, 'implicit-deny'],
    [
      'two operators, of which one fails',
      { StringLike: { 'ses:FromAddress': '*' }, StringEquals: { 'aws:SourceArn': 'x' } },
      'implicit-deny',
    ],
  ] as const)('%s', (_name, condition, verdict) => {
    expect(decide(allowIf(condition), 'ses:SendEmail', 'r', from)).toBe(verdict);
  });

  it('over several values asks for one of them or for all of them, as it says', () => {
    const context = { 'ses:Recipients': ['a@testudo.example', 'b@other.example'] };
    const check = (operator: string) =>
      decide(
        allowIf({ [operator]: { 'ses:Recipients': '*@testudo.example' } }),
        'ses:SendEmail',
        'r',
        context,
      );
    expect(check('ForAnyValue:StringLike')).toBe('allow');
    expect(check('ForAllValues:StringLike')).toBe('implicit-deny');
  });

  it('on the transport holds, since the front door stands for TLS', () => {
    const insecure = {
      Effect: 'Deny',
      Action: '*',
      Resource: '*',
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    };
    expect(decide([allowIf({}), insecure], 's3:GetObject', 'r', { 'aws:SecureTransport': ['true'] })).toBe(
      'allow',
    );
    expect(decide([allowIf({}), insecure], 's3:GetObject', 'r', { 'aws:SecureTransport': ['false'] })).toBe(
      'explicit-deny',
    );
  });
});

describe('a policy that cannot be decided exactly is refused when it is read', () => {
  it.each([
    ['an unknown operator', { Condition: { IpAddress: { 'aws:TagKeys': '1' } } }, /IpAddress/],
    ['an unknown key', { Condition: { StringEquals: { 'aws:UserAgent': 'x' } } }, /aws:UserAgent/],
    ['a policy variable', { Resource: `arn:aws:s3:::home/\${aws:username}/*` }, /policy variables/],
    ['NotAction', { NotAction: 's3:*' }, /NotAction/],
    ['an effect that is none', { Effect: 'Maybe' }, /Maybe/],
  ])('%s', (_what, change, message) => {
    const statement = { Effect: 'Allow', Action: '*', Resource: '*', ...change };
    expect(() => parsePolicy({ Statement: [statement] }, 'Role')).toThrow(message);
  });
});

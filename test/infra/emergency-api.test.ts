import { Match } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { resourcesOf, synthesize, type TemplateResource } from './synthesized.ts';

const template = synthesize('example');

test('decisions and incidents need a signature; the halt and the state need the token that the function checks', () => {
  const parts = resourcesOf(template, 'AWS::ApiGateway::Resource');
  const authorization = Object.values(resourcesOf(template, 'AWS::ApiGateway::Method')).map(
    ({ Properties }) => {
      const { Ref } = Properties.ResourceId as { Ref: string };
      return `${String(Properties.HttpMethod)} ${String(parts[Ref]?.Properties.PathPart)} ${String(Properties.AuthorizationType)}`;
    },
  );
  expect(authorization.sort()).toEqual([
    'GET trading-state NONE',
    'GET {id} AWS_IAM',
    'POST approvals AWS_IAM',
    'POST halt-trading NONE',
  ]);
});

test('the halt has a rate of its own, so that polling never keeps it from passing', () => {
  template.hasResourceProperties('AWS::ApiGateway::Stage', {
    MethodSettings: Match.arrayWith([
      Match.objectLike({ ResourcePath: '/*', ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 }),
      Match.objectLike({
        ResourcePath: '/~1emergency~1halt-trading',
        HttpMethod: 'POST',
        ThrottlingRateLimit: 10,
        ThrottlingBurstLimit: 20,
      }),
    ]),
  });
  const [firewall] = Object.values(resourcesOf(template, 'AWS::WAFv2::WebACL'));
  const rules = firewall?.Properties.Rules as {
    Statement: { RateBasedStatement: { ScopeDownStatement: object } };
  }[];
  expect(rules.map(({ Statement }) => Object.keys(Statement.RateBasedStatement.ScopeDownStatement))).toEqual([
    ['ByteMatchStatement'],
    ['NotStatement'],
  ]);
});

test('every request is traced and logged as JSON', () => {
  template.hasResourceProperties('AWS::ApiGateway::Stage', {
    TracingEnabled: true,
    AccessLogSetting: { DestinationArn: Match.anyValue(), Format: Match.anyValue() },
  });
  const [stage] = Object.values(resourcesOf(template, 'AWS::ApiGateway::Stage'));
  const { Format } = (stage as TemplateResource).Properties.AccessLogSetting as { Format: string };
  expect(JSON.parse(Format)).toMatchObject({ requestId: '$context.requestId', status: '$context.status' });
});

test('what API Gateway refuses itself is an RFC 9457 problem too', () => {
  for (const [id, { Properties }] of Object.entries(
    resourcesOf(template, 'AWS::ApiGateway::GatewayResponse'),
  )) {
    const templates = Properties.ResponseTemplates as Record<string, string>;
    expect(JSON.parse(templates['application/json'] ?? ''), id).toMatchObject({
      type: expect.stringMatching(/^about:blank#/),
      title: expect.any(String),
      status: Number(Properties.StatusCode),
      detail: expect.any(String),
      instance: '$context.requestId',
    });
    expect(Properties.ResponseParameters).toMatchObject({
      'gatewayresponse.header.Content-Type': "'application/problem+json'",
    });
  }
});

test('API Gateway may invoke the four functions, each for its own route alone', () => {
  const permissions = Object.values(resourcesOf(template, 'AWS::Lambda::Permission')).filter(
    ({ Properties }) => Properties.Principal === 'apigateway.amazonaws.com',
  );
  const sources = permissions.map(({ Properties }) =>
    JSON.stringify(Properties.SourceArn).replace(/.*\/(GET|POST)/, '$1'),
  );
  expect(sources.map((source) => source.replace(/"?\]*\}?$/, '').replaceAll('"', '')).sort()).toEqual([
    'GET/incidents/*',
    'GET/trading-state',
    'POST/emergency/halt-trading',
    'POST/incidents/*/approvals',
  ]);
});

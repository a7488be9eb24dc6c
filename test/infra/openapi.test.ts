import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { openApiYaml } from '../../infra/aws/openapi.ts';
import { projectDirectory, resourcesOf, synthesize } from './synthesized.ts';

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, { security: Record<string, unknown>[]; responses: object }>>;
}

const document = parse(openApiYaml()) as Document;

test('docs/openapi.yaml is what the schemas say: run `npm run openapi` after a change', () => {
  expect(readFileSync(join(projectDirectory, 'docs', 'openapi.yaml'), 'utf8')).toBe(openApiYaml());
});

test('the document describes the routes that are deployed, with the same authorization', () => {
  const described = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { security }]) => {
      const signed = security.some((scheme) => 'iam' in scheme);
      return `${method.toUpperCase()} ${path.split('/').at(-1)} ${signed ? 'AWS_IAM' : 'NONE'}`;
    }),
  );
  const template = synthesize('example');
  const parts = resourcesOf(template, 'AWS::ApiGateway::Resource');
  const deployed = Object.values(resourcesOf(template, 'AWS::ApiGateway::Method')).map(({ Properties }) => {
    const { Ref } = Properties.ResourceId as { Ref: string };
    return `${String(Properties.HttpMethod)} ${String(parts[Ref]?.Properties.PathPart)} ${String(Properties.AuthorizationType)}`;
  });
  expect(described.sort()).toEqual(deployed.sort());
});

test('every route says how it refuses', () => {
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const { responses } of Object.values(operations)) {
      expect(Object.keys(responses), path).toEqual(expect.arrayContaining(['429', '500', '503']));
    }
  }
});

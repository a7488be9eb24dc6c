import { readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponseObject } from 'zod-openapi';
import {
  ApprovalRecorded,
  ApprovalRequest,
  IncidentPath,
  IncidentView,
} from '../../shared/incident/api-contract.ts';
import { Problem } from '../../shared/lambda/problem-details.ts';
import { EmergencyHaltRequest, HaltAccepted, TradingStateView } from '../../shared/trading/api-contract.ts';

/** The REST API as OpenAPI 3.1, YAML text; made from the schemas that the functions validate with. */
export function openApiYaml(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const document = createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Testudo Recovery',
      version,
      description: 'Halts trading, tells the trading state, shows incidents and takes approvals (SOP-003).',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [
      {
        url: 'https://{api}.execute-api.{region}.amazonaws.com/v1',
        variables: {
          api: { default: 'api-id', description: 'Output EmergencyApiUrl of the stack' },
          region: { default: 'eu-central-1' },
        },
      },
    ],
    components: {
      schemas: {
        EmergencyHaltRequest,
        HaltAccepted,
        TradingStateView,
        IncidentView,
        ApprovalRequest,
        ApprovalRecorded,
        Problem,
      },
      securitySchemes: {
        emergencyToken: {
          type: 'http',
          scheme: 'bearer',
          description: 'May halt and read, never resume or approve.',
        },
        iam: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description:
            'AWS Signature Version 4 of service execute-api; the signer is the person who decides.',
        },
      },
    },
    paths: {
      '/emergency/halt-trading': { post: haltTrading },
      '/trading-state': { get: getTradingState },
      '/incidents/{id}': { get: getIncident },
      '/incidents/{id}/approvals': { post: recordApproval },
    },
  });
  return `# Made by \`npm run openapi\`; do not edit.\n${stringify(document, { lineWidth: 110 })}`;
}

const problemTitles: Readonly<Record<number, string>> = {
  400: 'A field of the request is wrong; `errors` names it',
  401: 'No valid emergency token',
  403: 'Not signed, or not allowed',
  404: 'No such incident, or nothing is asked for',
  409: 'Decided already, or the deadline has passed',
  422: 'The restore point cannot be used; `title` says why, `detail` from when to when RDS can restore',
  429: 'Too many requests',
  500: 'The request failed; quote `instance` to support',
  503: 'A service that this needs did not answer; try again',
};

const incidentPath = z.object({
  id: IncidentPath.shape.id.meta({
    description: 'Identifier of the incident',
    example: 'INC-20260131-0a1b2c3d',
  }),
});

const haltTrading: ZodOpenApiOperationObject = {
  operationId: 'haltTrading',
  summary: 'Stop all trading at once',
  description:
    'SOP step 1.1. Safe to repeat. Answers when the halt is stored and published; the incident response is started after it.',
  security: [{ emergencyToken: [] }],
  requestBody: { required: false, content: json(EmergencyHaltRequest) },
  responses: {
    '202': answer('Trading is halted', HaltAccepted),
    ...problems(400, 401, 429, 500, 503),
  },
};

const getTradingState: ZodOpenApiOperationObject = {
  operationId: 'getTradingState',
  summary: 'What trading services may do now',
  description: 'Whoever gets no answer treats it as HALTED.',
  security: [{ emergencyToken: [] }],
  responses: { '200': answer('The trading state', TradingStateView), ...problems(401, 429, 500, 503) },
};

const getIncident: ZodOpenApiOperationObject = {
  operationId: 'getIncident',
  summary: 'How an incident stands, and its whole timeline',
  security: [{ iam: [] }],
  requestParams: { path: incidentPath },
  responses: { '200': answer('The incident', IncidentView), ...problems(400, 403, 404, 429, 500, 503) },
};

const recordApproval: ZodOpenApiOperationObject = {
  operationId: 'recordApproval',
  summary: 'Decide on a restore point, on a salvage, or that trading resumes',
  description:
    'Recorded for the person who signs the request. One decision a person and round; one denial decides.',
  security: [{ iam: [] }],
  requestParams: { path: incidentPath },
  requestBody: { required: true, content: json(ApprovalRequest) },
  responses: {
    '200': answer('The decision that stands', ApprovalRecorded),
    ...problems(400, 403, 404, 409, 422, 429, 500, 503),
  },
};

function problems(...statuses: readonly number[]): Record<string, ZodOpenApiResponseObject> {
  return Object.fromEntries(
    statuses.map((status) => [
      String(status),
      {
        description: problemTitles[status] ?? '',
        content: { 'application/problem+json': { schema: Problem } },
      },
    ]),
  );
}

function answer(description: string, schema: z.ZodType): ZodOpenApiResponseObject {
  return { description, content: json(schema) };
}

function json(schema: z.ZodType) {
  return { 'application/json': { schema } };
}

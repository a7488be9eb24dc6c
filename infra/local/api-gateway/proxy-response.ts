import type { HttpAnswer } from './gateway-responses.ts';
import { Rejection } from './rejection.ts';

const knownKeys = new Set(['statusCode', 'headers', 'multiValueHeaders', 'body', 'isBase64Encoded']);

/** Reads what a function returned. @throws Rejection 502 when it is not a proxy response, as API Gateway demands it */
export function proxyResponse(payload: string): HttpAnswer {
  const response: unknown = JSON.parse(payload);
  if (!isObject(response)) throw malformed();
  const { statusCode, headers = {}, multiValueHeaders = {}, body = '', isBase64Encoded = false } = response;
  const status = Number(statusCode);
  const isWellFormed =
    Object.keys(response).every((key) => knownKeys.has(key)) &&
    Number.isInteger(status) &&
    status >= 100 &&
    status <= 599 &&
    (typeof body === 'string' || body === null) &&
    (isObject(headers) || headers === null) &&
    (isObject(multiValueHeaders) || multiValueHeaders === null);
  if (!isWellFormed) throw malformed();
  const text = (body as string | null) ?? '';
  return {
    status,
    headers: {
      'content-type': 'application/json',
      ...lowerCased(headers as Record<string, unknown> | null),
      ...lowerCased(multiValueHeaders as Record<string, unknown> | null),
    },
    body: isBase64Encoded === true ? Buffer.from(text, 'base64') : text,
  };
}

function malformed(): Rejection {
  return new Rejection('DEFAULT_5XX', 'Internal server error');
}

function lowerCased(headers: Record<string, unknown> | null): Record<string, string | readonly string[]> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.map(String) : String(value),
    ]),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

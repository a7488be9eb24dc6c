import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Rejection } from './rejection.ts';
import type { Method } from './routes.ts';

/** API Gateway takes no larger request body. */
const bodyLimitBytes = 10 * 1024 * 1024;

/** A request that has found its method. */
export interface GatewayRequest {
  readonly requestId: string;
  readonly receivedAt: Date;
  readonly stage: string;
  readonly httpMethod: string;
  /** Path without the stage, undecoded. */
  readonly path: string;
  readonly method: Method;
  readonly pathParameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Names and values as they were sent, in turn. */
  readonly rawHeaders: readonly string[];
  readonly sourceIp: string;
  readonly protocol: string;
  readonly body: Buffer;
  /** The last value of a header, whatever the case of its name. */
  header(name: string): string | undefined;
}

/** The identifier under which a request appears in answers, events and logs. */
export function newRequestId(): string {
  return randomUUID();
}

/** Looks a header up in the raw list of names and values. */
export function headerOf(rawHeaders: readonly string[], name: string): string | undefined {
  let value: string | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === name.toLowerCase()) value = rawHeaders[index + 1];
  }
  return value;
}

/** Reads a request body. @throws Rejection `REQUEST_TOO_LARGE` beyond 10 MB */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes <= bodyLimitBytes) chunks.push(chunk as Buffer);
  }
  if (bytes > bodyLimitBytes) {
    throw new Rejection('REQUEST_TOO_LARGE', `HTTP content length exceeded ${bodyLimitBytes} bytes.`);
  }
  return Buffer.concat(chunks);
}

import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Operations } from './operations.ts';
import type { RdsContext } from './rds-context.ts';
import { RdsRequestRefused } from './rds-errors.ts';
import { parseQuery } from './rds-query.ts';
import { errorBody, successBody } from './rds-xml.ts';

const API_VERSION = '2014-10-31';
const KEEP_ALIVE_MILLIS = 120_000;

/**
 * A server that answers the RDS Query API: form fields in, XML out.
 *
 * @param onUnknownAction told of every action that is not among the operations.
 */
export function rdsApi(
  context: RdsContext,
  operations: Operations,
  onUnknownAction: (action: string) => void,
): Server {
  const server = createServer((request, response) => {
    answer(context, operations, onUnknownAction, request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  // SDKs keep connections for reuse; closing them at Node's 5 s would meet the next request half-way.
  server.keepAliveTimeout = KEEP_ALIVE_MILLIS;
  return server;
}

async function answer(
  context: RdsContext,
  operations: Operations,
  onUnknownAction: (action: string) => void,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const requestId = randomUUID();
  const send = (status: number, body: string) => {
    response.writeHead(status, { 'content-type': 'text/xml', 'x-amzn-requestid': requestId }).end(body);
  };
  try {
    const query = request.method === 'GET' ? new URL(request.url ?? '/', 'http://rds').search.slice(1) : '';
    const { Action: action, Version: _version, ...fields } = parseQuery(query || (await text(request)));
    if (typeof action !== 'string') {
      throw new RdsRequestRefused('MissingParameter', 'The request must contain the parameter Action.');
    }
    const operation = Object.hasOwn(operations, action) ? operations[action] : undefined;
    if (!operation) {
      onUnknownAction(action);
      throw new RdsRequestRefused(
        'InvalidAction',
        `Could not find operation ${action} for version ${API_VERSION}`,
      );
    }
    send(200, successBody(action, await operation(context, fields), requestId));
  } catch (error) {
    if (error instanceof RdsRequestRefused) {
      send(error.httpStatus, errorBody(error.code, error.message, 'Sender', requestId));
    } else {
      const message = error instanceof Error ? error.message : String(error);
      send(500, errorBody('InternalFailure', message, 'Receiver', requestId));
    }
  }
}

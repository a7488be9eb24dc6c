import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type ApiCall, parseApiCall, UnknownOperation } from './api-call.ts';
import type { Authorizer } from './authorizer.ts';
import { type CallListener, type CallRecord, createCallLog } from './call-log.ts';
import type { Caller, CredentialStore } from './credentials.ts';
import { type ArmedFault, createFaultPlan, type Fault } from './faults.ts';
import { createForwarder, verifiedStream, withoutHopByHop } from './forwarding.ts';
import { serviceErrorOf, UnknownAccessKey, UnreachableFromVpc } from './refusals.ts';
import { errorAnswer, errorNameOf, type ServiceError } from './service-error.ts';
import type { AccountScope, Service } from './services/service.ts';
import { services } from './services/services.ts';
import { type SignatureClaim, signatureClaim, signedBodyHash, verifySignature } from './signature.ts';

export interface FrontDoorOptions {
  readonly scope: AccountScope;
  readonly credentials: CredentialStore;
  readonly authorizer: Authorizer;
  /** Addresses of the stand-ins, by the name in the credential scope (`dynamodb`, `states`, `monitoring` …). */
  readonly routes: Readonly<Record<string, string>>;
  /**
   * Whether the network of a caller leads to a service: a function in a VPC without internet reaches only the
   * services for which the VPC has an endpoint. Every caller reaches everything when absent.
   */
  readonly reaches?: (callerName: string, signingName: string) => boolean;
}

/** The one endpoint of every SDK client on the laptop. */
export interface FrontDoor {
  /** For `AWS_ENDPOINT_URL`. */
  readonly address: string;
  /** Adds or replaces the stand-in of a service. */
  route(signingName: string, address: string): void;
  calls(): readonly CallRecord[];
  /** Tells of each answered call. @returns a function that removes the listener. */
  onCall(listener: CallListener): () => void;
  injectFault(fault: Fault): ArmedFault;
  clearFaults(): void;
  close(): Promise<void>;
}

/** What became known of a request while it was handled. */
interface Progress {
  readonly startedAt: number;
  readonly at: string;
  service?: Service;
  claim?: SignatureClaim;
  caller?: Caller;
  call?: ApiCall;
  fault?: Fault;
}

const idleConnectionMillis = 65_000;

/** Starts the front door on a free port of 127.0.0.1. */
export async function startFrontDoor(options: FrontDoorOptions): Promise<FrontDoor> {
  const log = createCallLog();
  const faults = createFaultPlan();
  const forwarder = createForwarder();
  const routes = new Map(Object.entries(options.routes));

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const progress: Progress = { startedAt: performance.now(), at: new Date().toISOString() };
    try {
      await admitAndForward(wire(request), request, response, progress);
    } catch (error) {
      refuse(error, response, progress);
    }
  }

  async function admitAndForward(
    wireRequest: ReturnType<typeof wire>,
    request: IncomingMessage,
    response: ServerResponse,
    progress: Progress,
  ): Promise<void> {
    const claim = signatureClaim(wireRequest);
    progress.claim = claim;
    const service = services.get(claim.service);
    if (service) {
      progress.service = service;
    }
    const caller = options.credentials.find(claim.accessKeyId);
    if (!caller) {
      throw new UnknownAccessKey(
        `The security token included in the request is invalid: ${claim.accessKeyId}`,
      );
    }
    progress.caller = caller;
    if (!service) {
      throw new UnknownOperation(`the front door does not know the service "${claim.service}"`);
    }
    if (options.reaches?.(caller.name, claim.service) === false) {
      throw new UnreachableFromVpc(
        `${caller.name} runs in a VPC without an endpoint for "${claim.service}": in AWS the call would hang`,
      );
    }
    const streams = service.protocol === 'rest-xml';
    const body = streams ? undefined : await readBody(request);
    const bodyHash = signedBodyHash(wireRequest, claim, body);
    verifySignature(wireRequest, claim, caller.secretAccessKey, bodyHash, new Date());
    const call = parseApiCall(service, wireRequest, body ?? Buffer.alloc(0), options.scope);
    progress.call = call;
    authorize(call, caller);
    const fault = faults.strike({ service: claim.service, operation: call.operation, caller: caller.name });
    if (fault) {
      progress.fault = fault;
    }
    if (fault?.when === 'before') {
      return strike(fault, response, progress);
    }
    const address = routes.get(claim.service);
    if (!address) {
      throw new UnknownOperation(`no stand-in is routed for the service "${claim.service}"`);
    }
    const upstream = await forwarder.forward(address, wireRequest, body ?? verifiedBody(request, bodyHash));
    if (fault) {
      upstream.resume();
      return strike(fault, response, progress);
    }
    await relay(upstream, response, progress, streams);
  }

  function authorize(call: ApiCall, caller: Caller): void {
    for (const permission of call.permissions) {
      options.authorizer.authorize({ ...permission, principal: caller.principalArn, callerArn: caller.arn });
    }
  }

  async function relay(
    upstream: IncomingMessage,
    response: ServerResponse,
    progress: Progress,
    streams: boolean,
  ): Promise<void> {
    const status = upstream.statusCode ?? 502;
    response.writeHead(status, withoutHopByHop(upstream.headers));
    if (streams && status < 400) {
      await pipeline(upstream, response);
      record(progress, status, '', upstream.headers);
      return;
    }
    const body = await readBody(upstream);
    response.end(body);
    record(progress, status, body.toString('utf8'), upstream.headers);
  }

  function strike(fault: Fault, response: ServerResponse, progress: Progress): void {
    if (fault.error === 'timeout') {
      record(progress, 0, '', {}, 'timeout');
      return;
    }
    if (fault.error === 'connection-reset') {
      response.socket?.resetAndDestroy();
      record(progress, 0, '', {}, 'connection-reset');
      return;
    }
    answer(response, progress, { message: `injected: ${fault.error.name}`, ...fault.error });
  }

  function refuse(error: unknown, response: ServerResponse, progress: Progress): void {
    if (response.headersSent) {
      response.destroy();
      return;
    }
    answer(response, progress, serviceErrorOf(error, progress.service));
  }

  function answer(response: ServerResponse, progress: Progress, error: ServiceError): void {
    const written = errorAnswer(progress.service, error, randomUUID());
    response.writeHead(written.status, written.headers).end(written.body);
    record(progress, written.status, '', {}, error.name);
  }

  function record(
    progress: Progress,
    status: number,
    body: string,
    headers: IncomingMessage['headers'],
    errorName = status >= 400 ? errorNameOf(headers, body) : undefined,
  ): void {
    const { call, caller, claim, fault } = progress;
    const entry: CallRecord = {
      at: progress.at,
      caller: caller?.name ?? '?',
      service: claim?.service ?? '?',
      operation: call?.operation ?? '?',
      action: call?.permissions[0]?.action ?? '?',
      resources: call?.permissions.map((permission) => permission.resource) ?? [],
      status,
      ...(errorName !== undefined && { errorName }),
      durationMillis: performance.now() - progress.startedAt,
      ...(fault && { fault: fault.when }),
    };
    log.add(entry, () => ({
      record: entry,
      callerArn: caller?.arn ?? '?',
      eventSource: progress.service?.eventSource ?? '?',
      eventName: entry.operation,
      requestParameters: call?.parameters ?? {},
      ...responseElements(status, body),
    }));
  }

  const server = createServer((request, response) => void handle(request, response));
  server.keepAliveTimeout = idleConnectionMillis;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });

  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    route: (signingName, address) => {
      routes.set(signingName, address);
    },
    calls: () => log.calls(),
    onCall: (listener) => log.onCall(listener),
    injectFault: (fault) => faults.inject(fault),
    clearFaults: () => faults.clear(),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      forwarder.close();
      await closed;
    },
  };
}

function wire(request: IncomingMessage) {
  return { method: request.method ?? 'GET', url: request.url ?? '/', headers: request.headers };
}

/** A request that breaks off ends the stream with its error, so that the stand-in does not wait for the rest. */
function verifiedBody(request: IncomingMessage, bodyHash: string): Transform {
  const verified = verifiedStream(bodyHash);
  pipeline(request, verified).catch((error: Error) => verified.destroy(error));
  return verified;
}

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) {
    chunks.push(chunk as Buffer);
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}

function responseElements(status: number, body: string) {
  if (status >= 400 || !body.startsWith('{')) {
    return {};
  }
  return { responseElements: JSON.parse(body) as Record<string, unknown> };
}

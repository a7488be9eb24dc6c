import { createHash } from 'node:crypto';
import { Agent, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { type Readable, Transform } from 'node:stream';
import { isBodyHash, SignatureDoesNotMatch, type WireRequest } from './signature.ts';

/** Sends requests on to stand-ins over connections that are kept. */
export interface Forwarder {
  /** The answer's head; its body is still to be read. @throws the error of the connection. */
  forward(address: string, request: WireRequest, body: Buffer | Readable): Promise<IncomingMessage>;
  close(): void;
}

const hopByHopHeaders = new Set(['connection', 'keep-alive', 'expect', 'transfer-encoding', 'te', 'upgrade']);

export function createForwarder(): Forwarder {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 64 });

  async function forward(
    address: string,
    request: WireRequest,
    body: Buffer | Readable,
    isRetry = false,
  ): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const outgoing = httpRequest(address + request.url, {
      agent,
      method: request.method,
      headers: Buffer.isBuffer(body)
        ? { ...withoutHopByHop(request.headers), 'content-length': body.length }
        : streamedHeaders(request.headers),
    });
    outgoing.once('response', resolve);
    outgoing.once('error', (error: NodeJS.ErrnoException) => {
      // A stand-in may close an idle connection at the moment in which it is used again: nothing was read from it.
      const wasStale = outgoing.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      if (wasStale && !isRetry && Buffer.isBuffer(body)) {
        forward(address, request, body, true).then(resolve, reject);
      } else {
        reject(error);
      }
    });
    if (Buffer.isBuffer(body)) {
      outgoing.end(body);
    } else {
      body.once('error', (error) => {
        outgoing.destroy();
        reject(error);
      });
      body.pipe(outgoing);
    }
    return promise;
  }

  return {
    forward: (address, request, body) => forward(address, request, body),
    close: () => agent.destroy(),
  };
}

/** Headers without those that speak of one connection only. */
export function withoutHopByHop(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHopHeaders.has(name)));
}

function streamedHeaders(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const chunked = headers['content-length'] === undefined ? { 'transfer-encoding': 'chunked' } : {};
  return { ...withoutHopByHop(headers), ...chunked };
}

/**
 * Passes a body on as it comes, but holds back its last piece until the whole has the SHA-256 that was signed:
 * a stand-in never completes a body that the caller did not sign.
 */
export function verifiedStream(signedHash: string): Transform {
  const hash = createHash('sha256');
  let held: Buffer | undefined;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      const ready = held;
      held = chunk;
      done(null, ready);
    },
    flush(done) {
      if (isBodyHash(signedHash) && hash.digest('hex') !== signedHash) {
        done(
          new SignatureDoesNotMatch(
            'x-amz-content-sha256: the body has another SHA-256 than the header says',
          ),
        );
      } else {
        done(null, held);
      }
    },
  });
}

import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { EndpointFault, ServerCertificate } from './connection-facts.ts';
import type { DatabaseEndpoint } from './postgres.ts';
import { trustedAuthorities } from './trusted-authorities.ts';

/** PostgreSQL protocol, "SSLRequest": a length of eight bytes and the code 80877103; the server answers `S` or `N`. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
const STAGE_TIMEOUT_MILLIS = 5000;
const DAY_MILLIS = 86_400_000;

/** What a handshake showed. */
export interface TlsProbe {
  readonly fault: EndpointFault | null;
  readonly certificate: ServerCertificate | null;
}

/**
 * Goes to the endpoint as far as encryption, without signing in: name, packets, certificate. A certificate that clients would refuse
 * is looked at all the same, so that it can be said why. Never rejects: what stops it is the finding.
 */
export async function probeTls(
  endpoint: DatabaseEndpoint,
  extraAuthorityPem: string | undefined,
  now: Date,
): Promise<TlsProbe> {
  const secureContext = trustedAuthorities(extraAuthorityPem);
  const socket = connectTcp({ host: endpoint.host, port: endpoint.port });
  socket.on('error', () => undefined);
  let stage: EndpointFault['stage'] = 'tcp';
  try {
    await settled(socket, 'connect');
    stage = 'tls';
    socket.write(SSL_REQUEST);
    const [answer] = (await settled(socket, 'data')) as [Buffer];
    if (answer.toString('latin1') !== 'S') {
      return {
        fault: { stage, code: 'TLS_NOT_OFFERED', message: 'the server offers no TLS' },
        certificate: null,
      };
    }
    const encrypted = connectTls({
      socket,
      servername: endpoint.host,
      secureContext,
      rejectUnauthorized: false,
    });
    encrypted.on('error', () => undefined);
    await settled(encrypted, 'secureConnect');
    return { fault: null, certificate: certificateOf(encrypted, now) };
  } catch (error) {
    return { fault: faultOf(error, stage), certificate: null };
  } finally {
    socket.destroy();
  }
}

/** @throws whatever the socket fails with, or an `ETIMEDOUT` of our own. */
async function settled(socket: Socket, event: 'connect' | 'data' | 'secureConnect'): Promise<unknown[]> {
  const overdue = AbortSignal.timeout(STAGE_TIMEOUT_MILLIS);
  const closed = once(socket, 'close', { signal: overdue }).then(() => {
    throw Object.assign(new Error('the server closed the connection'), { code: 'ECONNRESET' });
  });
  closed.catch(() => undefined);
  try {
    return await Promise.race([once(socket, event, { signal: overdue }), closed]);
  } catch (error) {
    if (!overdue.aborted) throw error;
    throw Object.assign(new Error(`no answer within ${STAGE_TIMEOUT_MILLIS} ms`), { code: 'ETIMEDOUT' });
  }
}

function certificateOf(socket: TLSSocket, now: Date): ServerCertificate {
  const validToMillis = Date.parse(socket.getPeerCertificate().valid_to);
  return {
    validTo: new Date(validToMillis).toISOString(),
    daysLeft: Math.floor((validToMillis - now.getTime()) / DAY_MILLIS),
    // The declared type is Error; Node puts the code of the fault there.
    trustFault: socket.authorized ? null : String(socket.authorizationError),
  };
}

/** A name that cannot be resolved is told by the error of the connection, as the resolver's own errors are. */
function faultOf(error: unknown, stage: EndpointFault['stage']): EndpointFault {
  const { code = 'ECONNRESET', message } = error as Error & { code?: string };
  const unresolved = ['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA'].includes(code);
  return { stage: unresolved ? 'name' : stage, code, message };
}

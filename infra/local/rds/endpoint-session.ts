import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { type SecureContext, TLSSocket } from 'node:tls';
import { accessKeyOfToken, IamTokenRefused, verifyIamToken } from './iam-token.ts';
import type { DbInstance } from './instance.ts';
import { isSaturated, SATURATED_SIGN_IN_MILLIS } from './instance-load.ts';
import { admits, type SecurityGroups } from './network.ts';
import { requiresTls } from './parameter-groups.ts';
import { RDS_ADMIN } from './postgres-settings.ts';
import { askForPassword, fatalMessage, type OpeningPacket, readOpeningPacket } from './postgres-wire.ts';
import type { DbProxy } from './proxies.ts';
import { type MeteredStatement, meterStatements } from './statement-meter.ts';

/** A client that signs in with a token that has been verified. */
interface ConnectRequest {
  accessKeyId: string;
  dbUser: string;
  /** Resource identifier of the instance or the proxy, as `rds-db:connect` policies name it. */
  resourceId: string;
}

/** What decides about connections. */
export interface AccessRules {
  region: string;
  /** Database users that sign in by IAM and not by password (members of `rds_iam`). */
  iamUsers: readonly string[];
  securityGroups: SecurityGroups;
  secretAccessKeyOf(accessKeyId: string): string | undefined;
  authorizeConnect(request: ConnectRequest): boolean;
  /** Told of each statement of a client that signed in with a token. */
  onStatement?(statement: MeteredStatement & { identifier: string; accessKeyId: string }): void;
  /** Told why a sign-in failed, which the client is not. */
  onSignInRefused?(refusal: { identifier: string; dbUser: string; reason: string }): void;
}

/** One client connection to the endpoint of one instance, or of a proxy that leads to it. */
export interface EndpointClient {
  socket: Socket;
  /** The identifier, or name of the proxy, whose endpoint this is. */
  identifier: string;
  /** The instance that had the identifier, or was the target of the proxy, when the client connected. */
  instance: DbInstance;
  proxy?: DbProxy;
  /** The endpoint as `host:port`. */
  endpoint: string;
  tls: SecureContext;
  rules: AccessRules;
}

/** Words of RDS Proxy. */
const NO_OPTIONS = "Feature not supported: RDS Proxy currently doesn't support command-line options.";

type Startup = Extract<OpeningPacket, { kind: 'startup' }>;

/**
 * Serves one connection: TLS, then the sign-in, then bytes in both directions. A client that no security group
 * admits gets no answer at all, as from a packet filter.
 */
export async function serveClient(client: EndpointClient): Promise<void> {
  const { instance } = client;
  const [stream, opening] = await negotiate(client);
  if (opening.kind === 'cancel') {
    connect(instance.cluster.socketPath)
      .on('error', () => undefined)
      .end(opening.bytes);
    stream.end();
    return;
  }
  if (opening.kind !== 'startup') {
    stream.destroy();
    return;
  }
  if (isSaturated(instance)) {
    await delay(SATURATED_SIGN_IN_MILLIS);
    if (stream.destroyed) return;
  }
  if (client.proxy !== undefined && opening.options !== undefined) {
    refuse(stream, fatalMessage('0A000', NO_OPTIONS));
  } else if (
    opening.user === RDS_ADMIN ||
    (requiresTls(instance.activeParameterGroup) && !isEncrypted(stream))
  ) {
    refuse(stream, noEntry(opening, isEncrypted(stream)));
  } else if (client.rules.iamUsers.includes(opening.user)) {
    await signInByToken(client, stream, opening);
  } else if (admitted(client, client.rules.securityGroups.groupsOfUser(opening.user))) {
    relay(client, stream, opening);
  } else {
    stayMute(stream);
  }
}

async function negotiate(client: EndpointClient): Promise<[Duplex, OpeningPacket]> {
  let stream: Duplex = client.socket;
  for (;;) {
    const opening = await readOpeningPacket(stream);
    if (opening.kind === 'gss-request') {
      stream.write('N');
    } else if (opening.kind === 'tls-request' && stream === client.socket) {
      // What a client sent before it could know the answer was not protected by TLS.
      if (stream.readableLength > 0) return [stream, opening];
      stream.write('S');
      stream = new TLSSocket(client.socket, { isServer: true, secureContext: client.tls });
      stream.on('error', () => stream.destroy());
    } else {
      return [stream, opening];
    }
  }
}

async function signInByToken(client: EndpointClient, stream: Duplex, startup: Startup): Promise<void> {
  const { instance, rules, endpoint } = client;
  if (!isEncrypted(stream)) return refuse(stream, noEntry(startup, false));
  const token = await askForPassword(stream);
  const claimedKey = accessKeyOfToken(token);
  if (claimedKey && !admitted(client, rules.securityGroups.groupsOfAccessKey(claimedKey)))
    return stayMute(stream);
  try {
    if (!instance.iamAuthentication) throw new IamTokenRefused('IAM authentication is not enabled');
    const accessKeyId = verifyIamToken(token, {
      endpoint,
      dbUser: startup.user,
      region: rules.region,
      now: new Date(),
      secretAccessKeyOf: rules.secretAccessKeyOf,
    });
    const { identifier } = instance;
    const resourceId = client.proxy?.arn.split(':').at(-1) ?? instance.resourceId;
    if (!rules.authorizeConnect({ accessKeyId, dbUser: startup.user, resourceId }))
      throw new IamTokenRefused(`${accessKeyId} may not connect as ${startup.user} to ${resourceId}`);
    relay(client, stream, startup, (statement) =>
      rules.onStatement?.({ ...statement, identifier, accessKeyId }),
    );
  } catch (error) {
    if (!(error instanceof IamTokenRefused)) throw error;
    rules.onSignInRefused?.({
      identifier: instance.identifier,
      dbUser: startup.user,
      reason: error.message,
    });
    refuse(stream, fatalMessage('28000', `PAM authentication failed for user "${startup.user}"`));
  }
}

/** Connects the client to the server; a password is checked between the two of them. */
function relay(
  client: EndpointClient,
  stream: Duplex,
  startup: Startup,
  onStatement?: (statement: MeteredStatement) => void,
): void {
  const { instance, proxy } = client;
  // A rename during the sign-in must not let the client through to an instance that now has another name.
  if (!leadsStill(client)) {
    stream.destroy();
    return;
  }
  const backend = connect(instance.cluster.socketPath);
  backend.write(startup.bytes);
  if (onStatement) meterStatements(stream, backend, onStatement);
  stream.pipe(backend).pipe(stream);
  const endBoth = () => {
    stream.destroy();
    backend.destroy();
  };
  for (const end of [stream, backend]) end.on('error', endBoth).on('close', endBoth);
  proxy?.connections.add(stream);
  stream.on('close', () => proxy?.connections.delete(stream));
}

function leadsStill({ instance, identifier, proxy }: EndpointClient): boolean {
  return proxy === undefined ? instance.identifier === identifier : proxy.target?.instance === instance;
}

function admitted(client: EndpointClient, clientGroups: readonly string[]): boolean {
  const { proxy, instance } = client;
  const { rules } = client.rules.securityGroups;
  if (proxy === undefined) return admits(rules, instance.securityGroupIds, clientGroups);
  return (
    admits(rules, proxy.securityGroupIds, clientGroups) &&
    admits(rules, instance.securityGroupIds, proxy.securityGroupIds)
  );
}

/** Keeps the connection open and says nothing until the client gives up. */
function stayMute(stream: Duplex): void {
  stream.on('end', () => stream.destroy()).resume();
}

function refuse(stream: Duplex, answer: Buffer): void {
  stream.end(answer);
}

function noEntry({ user, database }: Startup, encrypted: boolean): Buffer {
  const encryption = encrypted ? 'SSL encryption' : 'no encryption';
  return fatalMessage(
    '28000',
    `no pg_hba.conf entry for host "127.0.0.1", user "${user}", database "${database}", ${encryption}`,
  );
}

function isEncrypted(stream: Duplex): boolean {
  return stream instanceof TLSSocket;
}

import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { ServerCertificate } from './certificates.ts';
import { type AccessRules, serveClient } from './endpoint-session.ts';
import type { DbInstance } from './instance.ts';
import type { DbProxies, DbProxy } from './proxies.ts';

/** The name under which every endpoint is reached where the laptop has no names of its own. */
const ENDPOINT_HOST = 'localhost';

/** The port of PostgreSQL, which every endpoint has where it has a name of its own. */
const POSTGRES_PORT = 5432;

/** An endpoint as clients know it, and where it really is. */
export interface OpenEndpoint {
  host: string;
  port: number;
  /** Port of 127.0.0.1. */
  localPort: number;
}

/** What an endpoint may lead to. */
interface Destinations {
  /** What serves clients under the name of an instance or a cluster now. */
  readonly serving: (identifier: string) => DbInstance | undefined;
  readonly proxies: DbProxies;
}

/**
 * The endpoints of the instances and proxies. DNS gives each identifier an address in AWS; here each has a port, which stays with
 * the identifier: after a rename the same port leads to the cluster that now has the name. An open connection stays
 * with the cluster that it was made to. A proxy's port leads to whatever its target is.
 */
export class EndpointRouter {
  readonly #destinations: Destinations;
  readonly #rules: AccessRules;
  readonly #tls: SecureContext;
  readonly #domain: string | undefined;
  readonly #servers = new Map<string, Server>();
  readonly #sockets = new Set<Socket>();

  /** @param domain below which each identifier has a name; without it all share `localhost`, on ports of their own. */
  constructor(
    destinations: Destinations,
    rules: AccessRules,
    certificate: ServerCertificate,
    domain?: string,
  ) {
    this.#domain = domain;
    this.#destinations = destinations;
    this.#rules = rules;
    this.#tls = createSecureContext({ cert: certificate.certificatePem, key: certificate.privateKeyPem });
  }

  /** Opens the port of an identifier or of a proxy, if it has none yet. */
  async open(identifier: string): Promise<void> {
    if (this.#servers.has(identifier)) return;
    const server = createServer((socket) => this.#accept(identifier, socket));
    this.#servers.set(identifier, server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }

  /** The address of an identifier whose port has been opened. */
  endpointOf(identifier: string): { address: string; port: number } {
    if (this.#domain !== undefined) return { address: `${identifier}.${this.#domain}`, port: POSTGRES_PORT };
    return { address: ENDPOINT_HOST, port: this.#localPort(identifier) };
  }

  /** All endpoints that have been opened. */
  endpoints(): OpenEndpoint[] {
    return [...this.#servers.keys()].map((identifier) => {
      const { address, port } = this.endpointOf(identifier);
      return { host: address, port, localPort: this.#localPort(identifier) };
    });
  }

  #localPort(identifier: string): number {
    const address = this.#servers.get(identifier)?.address() as AddressInfo | null | undefined;
    return address?.port ?? 0;
  }

  /** Closes all ports and connections. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(
      [...this.#servers.values()].map((server) => new Promise((resolve) => server.close(resolve))),
    );
  }

  #accept(identifier: string, socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => this.#sockets.delete(socket)).on('error', () => socket.destroy());
    const { instance, proxy } = this.#destination(identifier);
    if (!instance?.cluster.running) {
      socket.resetAndDestroy();
      return;
    }
    const { address, port } = this.endpointOf(identifier);
    serveClient({
      socket,
      identifier,
      instance,
      ...(proxy && { proxy }),
      endpoint: `${address}:${port}`,
      tls: this.#tls,
      rules: this.#rules,
    }).catch(() => socket.destroy());
  }

  #destination(name: string): { instance: DbInstance | undefined; proxy?: DbProxy } {
    const { serving, proxies } = this.#destinations;
    const proxy = proxies.find(name);
    return proxy === undefined ? { instance: serving(name) } : { instance: proxies.leadsTo(proxy), proxy };
  }
}

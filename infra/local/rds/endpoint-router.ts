import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { ServerCertificate } from './certificates.ts';
import { type AccessRules, serveClient } from './endpoint-session.ts';
import type { DbInstances } from './instances.ts';

/** The name under which every endpoint is reached, which the server's certificate is made out to. */
export const ENDPOINT_HOST = 'localhost';

/**
 * The endpoints of the instances. DNS gives each identifier an address in AWS; here each has a port, which stays with
 * the identifier: after a rename the same port leads to the cluster that now has the name. An open connection stays
 * with the cluster that it was made to.
 */
export class EndpointRouter {
  readonly #instances: DbInstances;
  readonly #rules: AccessRules;
  readonly #tls: SecureContext;
  readonly #servers = new Map<string, Server>();
  readonly #sockets = new Set<Socket>();

  constructor(instances: DbInstances, rules: AccessRules, certificate: ServerCertificate) {
    this.#instances = instances;
    this.#rules = rules;
    this.#tls = createSecureContext({ cert: certificate.certificatePem, key: certificate.privateKeyPem });
  }

  /** Opens the port of an identifier, if it has none yet. */
  async open(identifier: string): Promise<void> {
    if (this.#servers.has(identifier)) return;
    const server = createServer((socket) => this.#accept(identifier, socket));
    this.#servers.set(identifier, server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }

  /** The address of an identifier whose port has been opened. */
  endpointOf(identifier: string): { address: string; port: number } {
    const address = this.#servers.get(identifier)?.address() as AddressInfo | null | undefined;
    return { address: ENDPOINT_HOST, port: address?.port ?? 0 };
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
    const instance = this.#instances.find(identifier);
    if (!instance?.cluster.running) {
      socket.resetAndDestroy();
      return;
    }
    const { address, port } = this.endpointOf(identifier);
    serveClient({
      socket,
      identifier,
      instance,
      endpoint: `${address}:${port}`,
      tls: this.#tls,
      rules: this.#rules,
    }).catch(() => socket.destroy());
  }
}

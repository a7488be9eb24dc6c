import { isIP, Socket } from 'node:net';

/** Where the laptop runs what a function knows by a real-looking name: port of 127.0.0.1 by `host:port`. */
export type NetworkRoutes = Readonly<Record<string, number>>;

interface Destination {
  host?: string | undefined;
  port?: number | string | undefined;
}

let routes: NetworkRoutes = {};
let isInstalled = false;

/**
 * From now on every connection of this thread takes these routes. A name without a route does not exist, as in a private network;
 * addresses, and `localhost`, stay what they are.
 */
export function useNetwork(next: NetworkRoutes): void {
  routes = next;
  if (isInstalled) return;
  isInstalled = true;
  const connect = Socket.prototype.connect as (...args: unknown[]) => Socket;
  Socket.prototype.connect = function routed(this: Socket, ...args: unknown[]): Socket {
    const destination = destinationOf(args);
    if (destination?.host === undefined || isIP(destination.host) !== 0 || destination.host === 'localhost') {
      return connect.apply(this, args);
    }
    const port = routes[`${destination.host}:${destination.port}`];
    if (port === undefined) {
      process.nextTick(() => this.destroy(notFound(destination.host ?? '')));
      return this;
    }
    return connect.apply(this, redirected(args, port));
  } as typeof Socket.prototype.connect;
}

/** `connect` takes options, a port with or without a host, or the array into which Node's own modules put all of these. */
function destinationOf(args: readonly unknown[]): Destination | undefined {
  const [first, second] = args;
  if (Array.isArray(first)) return first[0] as Destination;
  if (typeof first === 'object' && first !== null) return first as Destination;
  return typeof second === 'string' ? { port: first as number, host: second } : undefined;
}

function redirected(args: unknown[], port: number): unknown[] {
  const [first, second, ...rest] = args;
  const local = { host: '127.0.0.1', port };
  if (Array.isArray(first)) {
    // Node recognises its own array by a symbol on it: the array must stay the same one.
    first[0] = { ...(first[0] as object), ...local };
    return args;
  }
  if (typeof first === 'object') return [{ ...(first as object), ...local }, second, ...rest];
  return [port, '127.0.0.1', ...rest];
}

function notFound(host: string): Error {
  return Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), {
    code: 'ENOTFOUND',
    errno: -3008,
    syscall: 'getaddrinfo',
    hostname: host,
  });
}

import type { Duplex } from 'node:stream';

/** The client said something that is not the PostgreSQL protocol, or went away in the middle of it. */
class WireProtocolError extends Error {
  override readonly name = 'WireProtocolError';
}

/** What a client sends before anything else (PostgreSQL documentation, "Message Formats"). */
export type OpeningPacket =
  | { kind: 'tls-request' }
  | { kind: 'gss-request' }
  | { kind: 'cancel'; bytes: Buffer }
  | { kind: 'startup'; bytes: Buffer; user: string; database: string; options?: string };

const CODES = { cancel: 80_877_102, tls: 80_877_103, gss: 80_877_104 };
const LONGEST_OPENING_BYTES = 10_000;
const LONGEST_PASSWORD_BYTES = 65_535;

/**
 * Reads the packet that opens a connection.
 *
 * @throws {WireProtocolError} when it is malformed or the client is gone.
 */
export async function readOpeningPacket(stream: Duplex): Promise<OpeningPacket> {
  const header = await readBytes(stream, 8);
  const [length, code] = [header.readInt32BE(0), header.readInt32BE(4)];
  if (length < 8 || length > LONGEST_OPENING_BYTES)
    throw new WireProtocolError('invalid length of startup packet');
  if (code === CODES.tls) return { kind: 'tls-request' };
  if (code === CODES.gss) return { kind: 'gss-request' };
  const body = length > 8 ? await readBytes(stream, length - 8) : Buffer.alloc(0);
  const bytes = Buffer.concat([header, body]);
  if (code === CODES.cancel) return { kind: 'cancel', bytes };
  if (code >> 16 !== 3)
    throw new WireProtocolError(`unsupported frontend protocol ${code >> 16}.${code & 0xffff}`);
  const parameters = startupParameters(body);
  const user = parameters.get('user');
  if (!user) throw new WireProtocolError('no PostgreSQL user name specified in startup packet');
  const options = parameters.get('options');
  return {
    kind: 'startup',
    bytes,
    user,
    database: parameters.get('database') ?? user,
    ...(options !== undefined && { options }),
  };
}

function startupParameters(body: Buffer): Map<string, string> {
  const parts = body.toString('utf8').split('\0');
  const parameters = new Map<string, string>();
  for (let index = 0; parts[index]; index += 2) parameters.set(parts[index] ?? '', parts[index + 1] ?? '');
  return parameters;
}

/** Asks the client for its password in clear text, which is only done inside TLS, and reads it. */
export async function askForPassword(stream: Duplex): Promise<string> {
  stream.write(message('R', int32(3)));
  const header = await readBytes(stream, 5);
  const length = header.readInt32BE(1) - 4;
  if (header[0] !== 'p'.charCodeAt(0) || length < 1 || length > LONGEST_PASSWORD_BYTES) {
    throw new WireProtocolError('expected a password');
  }
  return (await readBytes(stream, length)).subarray(0, -1).toString('utf8');
}

/** The message with which a server ends a connection that it does not accept. */
export function fatalMessage(sqlState: string, text: string): Buffer {
  const fields = [`SFATAL`, `VFATAL`, `C${sqlState}`, `M${text}`].map((field) => `${field}\0`).join('');
  return message('E', Buffer.from(`${fields}\0`));
}

function message(type: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** Takes exactly so many bytes from a stream, and leaves the rest in it and the stream paused. */
function readBytes(stream: Duplex, count: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0);
    const settle = () => {
      stream.off('data', take).off('end', giveUp).off('close', giveUp).pause();
    };
    const take = (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < count) return;
      settle();
      if (received.length > count) stream.unshift(received.subarray(count));
      resolve(received.subarray(0, count));
    };
    const giveUp = () => {
      settle();
      reject(new WireProtocolError('the client is gone'));
    };
    if (stream.readableEnded || stream.destroyed) giveUp();
    else stream.on('data', take).on('end', giveUp).on('close', giveUp).resume();
  });
}

import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generate } from 'selfsigned';

/** The laptop's certificate authority and the certificate of its database endpoints. */
export interface ServerCertificate {
  /** Path of the authority's certificate, which clients verify with. */
  authorityPath: string;
  certificatePem: string;
  privateKeyPem: string;
}

const VALID_DAYS = 365;
const KEYS = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;

/**
 * The certificate for `localhost`, `127.0.0.1` and every name directly below `domain`, signed by an authority of its own. Both are
 * made on first use (or when they have expired) and kept in the directory, so that a client may keep the authority's certificate.
 * Several processes may ask at once: all get the same one.
 */
export async function serverCertificate(directory: string, domain?: string): Promise<ServerCertificate> {
  const known = read(directory);
  if (known && isUsable(known, domain)) return known;
  mkdirSync(dirname(directory), { recursive: true });
  const unfinished = mkdtempSync(`${directory}.`);
  await make(unfinished, domain);
  if (known) rmSync(directory, { recursive: true, force: true });
  try {
    renameSync(unfinished, directory);
  } catch (error) {
    // Another process was faster; its certificate is as good.
    rmSync(unfinished, { recursive: true, force: true });
    if (!read(directory)) throw error;
  }
  return read(directory) as ServerCertificate;
}

function read(directory: string): ServerCertificate | undefined {
  const [authorityPath, certificate, key] = ['ca.pem', 'server.pem', 'server.key'].map((file) =>
    join(directory, file),
  ) as [string, string, string];
  if (![authorityPath, certificate, key].every((path) => existsSync(path))) return undefined;
  return {
    authorityPath,
    certificatePem: readFileSync(certificate, 'utf8'),
    privateKeyPem: readFileSync(key, 'utf8'),
  };
}

function isUsable({ certificatePem }: ServerCertificate, domain: string | undefined): boolean {
  const certificate = new X509Certificate(certificatePem);
  const isNamed = domain === undefined || certificate.checkHost(`any.${domain}`) !== undefined;
  return isNamed && certificate.validToDate.getTime() > Date.now() + 86_400_000;
}

async function make(directory: string, domain: string | undefined): Promise<void> {
  const notAfterDate = new Date(Date.now() + VALID_DAYS * 86_400_000);
  const authority = await generate([{ name: 'commonName', value: 'Testudo laptop database CA' }], {
    ...KEYS,
    notAfterDate,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: 'commonName', value: 'localhost' }], {
    ...KEYS,
    notAfterDate,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          ...(domain === undefined ? [] : [{ type: 2, value: `*.${domain}` } as const]),
        ],
      },
    ],
  });
  writeFileSync(join(directory, 'ca.pem'), authority.cert);
  writeFileSync(join(directory, 'server.key'), server.private, { mode: 0o600 });
  writeFileSync(join(directory, 'server.pem'), server.cert);
}

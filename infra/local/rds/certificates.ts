import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
 * The certificate for `localhost` and `127.0.0.1`, signed by an authority of its own. Both are made on first use and
 * kept in the directory, so that a client may keep the authority's certificate.
 */
export async function serverCertificate(directory: string): Promise<ServerCertificate> {
  const paths = {
    authority: join(directory, 'ca.pem'),
    certificate: join(directory, 'server.pem'),
    key: join(directory, 'server.key'),
  };
  if (!Object.values(paths).every((path) => existsSync(path))) await make(directory, paths);
  return {
    authorityPath: paths.authority,
    certificatePem: readFileSync(paths.certificate, 'utf8'),
    privateKeyPem: readFileSync(paths.key, 'utf8'),
  };
}

async function make(
  directory: string,
  paths: { authority: string; certificate: string; key: string },
): Promise<void> {
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
        ],
      },
    ],
  });
  mkdirSync(directory, { recursive: true });
  writeFileSync(paths.authority, authority.cert);
  writeFileSync(paths.key, server.private, { mode: 0o600 });
  writeFileSync(paths.certificate, server.cert);
}

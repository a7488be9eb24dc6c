import * as z from 'zod';
import { Timestamp } from '../lambda/timestamp.ts';
import { DatabaseActivity } from './database-activity.ts';

/** How a client is stopped on its way to a session: at the name, the packets, the encryption or the sign-in. */
const EndpointFault = z.object({
  stage: z.enum(['name', 'tcp', 'tls', 'sign-in']),
  /** An errno (`ENOTFOUND`, `ETIMEDOUT`) or a SQLSTATE (`53300`). */
  code: z.string().min(1),
  message: z.string(),
});
export type EndpointFault = z.infer<typeof EndpointFault>;

/** The certificate that the server showed. */
const ServerCertificate = z.object({
  validTo: Timestamp,
  /** Whole days until then; negative when it has expired. */
  daysLeft: z.int(),
  /** Why a client that verifies would refuse it, e.g. `CERT_HAS_EXPIRED`; null when it would not. */
  trustFault: z.string().nullable(),
});
export type ServerCertificate = z.infer<typeof ServerCertificate>;

/** What a client inside the network of the database finds at its endpoint. What was not reached is null. */
export const EndpointFacts = z.object({
  host: z.string(),
  port: z.int().positive(),
  /** Null when a session could be had. */
  fault: EndpointFault.nullable(),
  certificate: ServerCertificate.nullable(),
  activity: DatabaseActivity.nullable(),
  /** A standby or a server that still replays its log: nobody can write. Null without a session. */
  inRecovery: z.boolean().nullable(),
});
export type EndpointFacts = z.infer<typeof EndpointFacts>;

/** What RDS says of the instance, beside what the configuration says of it. */
interface InstanceFacts {
  readonly status: string;
  readonly securityGroupIds: readonly string[];
  readonly iamAuthentication: boolean;
  /** The group that lets clients in. */
  readonly configuredSecurityGroupId: string;
  /** The group into which a cut-over moves a database that nobody may reach any more. */
  readonly quarantineSecurityGroupId: string;
}

/** Everything that is known about a lost connection. */
export interface ConnectionFacts {
  readonly instance: InstanceFacts;
  readonly endpoint: EndpointFacts;
}

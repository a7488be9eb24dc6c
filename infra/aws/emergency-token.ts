import { RemovalPolicy } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';

/**
 * The bearer tokens of the emergency endpoint, token by id: `{"primary": "…"}`. The first is made here; to rotate, an operator
 * adds `next`, hands it out, and takes `primary` away. Encrypted with the key of Secrets Manager, whose use needs no permission
 * that could be missing in an emergency.
 */
export function emergencyTokenSecret(scope: Construct): Secret {
  const secret = new Secret(scope, 'EmergencyToken', {
    description: 'Bearer tokens that may halt trading and read the trading state, by id',
    generateSecretString: {
      secretStringTemplate: '{}',
      generateStringKey: 'primary',
      passwordLength: 64,
      excludePunctuation: true,
    },
    removalPolicy: RemovalPolicy.RETAIN,
  });
  acknowledge(
    secret,
    'AwsSolutions-SMG4',
    'Rotated by people: whoever holds the token must learn the new one before the old one goes, and both are valid meanwhile',
  );
  return secret;
}

import { physicalId, physicalName } from '../physical-name.ts';
import { at, optionalText, text } from '../property-reader.ts';
import { arnIn, type ResourceType } from '../resource-type.ts';
import { customerKey } from './keys.ts';

/** AWS::SecretsManager::Secret */
export const secret: ResourceType = {
  type: 'AWS::SecretsManager::Secret',
  properties: ['Name', 'Description', 'SecretString', 'GenerateSecretString', 'KmsKeyId', 'Tags'],
  async create(resource, context) {
    const name = optionalText(resource, 'Name') ?? physicalName(resource, context, 512);
    const arn = arnIn(context, 'secretsmanager', `secret:${name}-${physicalId(resource, context, 6)}`);
    await context.registrars.secrets.registerSecret({ name, arn, properties: resource.properties });
    context.inventory.secrets.set(name, arn);
    const key = customerKey(context, optionalText(resource, 'KmsKeyId'));
    if (key) {
      context.authorizer.encrypt(arn, key);
    }
    return { ref: arn, attributes: { Id: arn } };
  },
};

/** AWS::SecretsManager::ResourcePolicy */
export const secretPolicy: ResourceType = {
  type: 'AWS::SecretsManager::ResourcePolicy',
  properties: ['SecretId', 'ResourcePolicy', 'BlockPublicPolicy'],
  create(resource, context) {
    const arn = text(resource, 'SecretId');
    context.authorizer.attachResourcePolicy(arn, resource.logicalId, at(resource, 'ResourcePolicy'));
    return { ref: resource.logicalId, attributes: {} };
  },
};

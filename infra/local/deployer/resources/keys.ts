import { physicalId } from '../physical-name.ts';
import { at, text } from '../property-reader.ts';
import { arnIn, type DeploymentContext, type ResourceType } from '../resource-type.ts';

/** AWS::KMS::Key: nothing is encrypted on the laptop, but who may use the key is decided by its policy. */
export const key: ResourceType = {
  type: 'AWS::KMS::Key',
  properties: [
    'KeyPolicy',
    'Description',
    'EnableKeyRotation',
    'RotationPeriodInDays',
    'PendingWindowInDays',
    'Tags',
  ],
  create(resource, context) {
    const hex = physicalId(resource, context, 32);
    const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    const arn = arnIn(context, 'kms', `key/${id}`);
    context.authorizer.attachResourcePolicy(arn, resource.logicalId, at(resource, 'KeyPolicy'));
    context.inventory.keys.set(id, arn).set(arn, arn);
    return { ref: id, attributes: { Arn: arn, KeyId: id } };
  },
};

/** AWS::KMS::Alias */
export const alias: ResourceType = {
  type: 'AWS::KMS::Alias',
  properties: ['AliasName', 'TargetKeyId'],
  create(resource, context) {
    const name = text(resource, 'AliasName');
    const target = customerKey(context, text(resource, 'TargetKeyId'));
    if (target) {
      context.inventory.keys.set(name, target).set(arnIn(context, 'kms', name), target);
    }
    return { ref: name, attributes: {} };
  },
};

/**
 * ARN of the key that a property names by id, ARN or alias. Keys that AWS owns (`alias/aws/…`) need no permission
 * and give `undefined`; a customer key from outside of the template gives its own ARN.
 */
export function customerKey(
  context: DeploymentContext,
  idArnOrAlias: string | undefined,
): string | undefined {
  if (idArnOrAlias === undefined || idArnOrAlias.includes('alias/aws/')) {
    return undefined;
  }
  const known = context.inventory.keys.get(idArnOrAlias);
  return (
    known ?? (idArnOrAlias.startsWith('arn:') ? idArnOrAlias : arnIn(context, 'kms', `key/${idArnOrAlias}`))
  );
}

import { physicalName } from '../physical-name.ts';
import { optionalText, text } from '../property-reader.ts';
import type { ResourceType } from '../resource-type.ts';

/** AWS::SES::EmailIdentity: on the laptop it is verified at once. */
export const emailIdentity: ResourceType = {
  type: 'AWS::SES::EmailIdentity',
  properties: [
    'EmailIdentity',
    'ConfigurationSetAttributes',
    'DkimAttributes',
    'DkimSigningAttributes',
    'FeedbackAttributes',
    'MailFromAttributes',
    'Tags',
  ],
  create(resource, context) {
    const identity = text(resource, 'EmailIdentity');
    context.inventory.mailIdentities.add(identity);
    return { ref: identity, attributes: {} };
  },
};

/** AWS::SES::ConfigurationSet: it names where delivery events go, and nothing is delivered here. */
export const configurationSet: ResourceType = {
  type: 'AWS::SES::ConfigurationSet',
  properties: [
    'Name',
    'DeliveryOptions',
    'ReputationOptions',
    'SendingOptions',
    'SuppressionOptions',
    'TrackingOptions',
    'VdmOptions',
    'Tags',
  ],
  create(resource, context) {
    return { ref: optionalText(resource, 'Name') ?? physicalName(resource, context, 64), attributes: {} };
  },
};

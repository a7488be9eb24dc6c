import {
  type AccountScope,
  arn,
  type JsonObject,
  type Permission,
  type RestService,
  text,
} from './service.ts';

const operationsByRoute = new Map([
  ['POST v2/email/outbound-emails', 'SendEmail'],
  ['GET v2/email/account', 'GetAccount'],
]);

/**
 * SES v2. Sending is allowed on the identity of the sender, and on the configuration set when one is named; the
 * action depends on the kind of content ("Amazon SES v2" in the reference; SES developer guide, "Controlling access").
 */
export const ses: RestService = {
  signingName: 'ses',
  eventSource: 'ses.amazonaws.com',
  protocol: 'rest-json',
  operationOf: ({ method, segments }) => operationsByRoute.get(`${method} ${segments.join('/')}`),
  operations: {
    SendEmail: ({ body }, scope) => sendEmail(body, scope),
    GetAccount: () => [{ action: 'ses:GetAccount', resource: '*' }],
  },
};

function sendEmail(body: JsonObject, scope: AccountScope): readonly Permission[] {
  const action = sendAction((body.Content ?? {}) as JsonObject);
  const from = address(text(body, 'FromEmailAddress'));
  const context = { 'ses:FromAddress': [from], 'ses:Recipients': recipients(body) };
  const sender = scope.isEmailIdentity?.(from) ? from : (from.split('@').at(-1) ?? from);
  const identity = text(body, 'FromEmailAddressIdentityArn') || arn(scope, 'ses', `identity/${sender}`);
  const configurationSet = text(body, 'ConfigurationSetName');
  return [
    { action, resource: identity, context },
    ...(configurationSet
      ? [{ action, resource: arn(scope, 'ses', `configuration-set/${configurationSet}`), context }]
      : []),
  ];
}

function sendAction(content: JsonObject): string {
  if (content.Raw !== undefined) {
    return 'ses:SendRawEmail';
  }
  return content.Template === undefined ? 'ses:SendEmail' : 'ses:SendTemplatedEmail';
}

function recipients(body: JsonObject): readonly string[] {
  const destination = (body.Destination ?? {}) as JsonObject;
  return ['ToAddresses', 'CcAddresses', 'BccAddresses'].flatMap((field) => {
    const list = destination[field];
    return Array.isArray(list) ? list.map((item) => address(String(item))) : [];
  });
}

/** `Testudo <alerts@testudo.com>` is `alerts@testudo.com`. */
function address(mailbox: string): string {
  return /<([^>]+)>/.exec(mailbox)?.[1] ?? mailbox.trim();
}

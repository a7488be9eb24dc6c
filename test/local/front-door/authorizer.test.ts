import { describe, expect, it } from 'vitest';
import { createAuthorizer } from '../../../infra/local/front-door/authorizer.ts';
import { rigScope } from './front-door-rig.ts';

const role = 'arn:aws:iam::000000000000:role/Notify';
const topic = 'arn:aws:sns:eu-central-1:000000000000:alerts';
const key = 'arn:aws:kms:eu-central-1:000000000000:key/1';
const publish = { principal: role, action: 'sns:Publish', resource: topic };
const allow = (action: string | string[], resource: string, more = {}) => ({
  Statement: [{ Effect: 'Allow', Action: action, Resource: resource, ...more }],
});

describe('a principal of the account', () => {
  it('is allowed by its own policy or by that of the resource, and denied by either', () => {
    const byRole = createAuthorizer(rigScope);
    byRole.attachPolicy(role, 'p', allow('sns:Publish', topic));
    expect(() => byRole.authorize(publish)).not.toThrow();

    const byTopic = createAuthorizer(rigScope);
    byTopic.attachResourcePolicy(topic, 'p', allow('sns:Publish', topic, { Principal: { AWS: role } }));
    expect(() => byTopic.authorize(publish)).not.toThrow();

    byRole.attachResourcePolicy(topic, 'p', {
      Statement: [{ Effect: 'Deny', Principal: '*', Action: 'sns:*', Resource: topic }],
    });
    expect(() => byRole.authorize(publish)).toThrow(/because of an explicit deny/);
  });

  it('uses a key only when the key policy delegates to the account or names the role', () => {
    const authorizer = createAuthorizer(rigScope);
    const decrypt = { principal: role, action: 'kms:Decrypt', resource: key };
    authorizer.attachPolicy(role, 'p', allow('kms:Decrypt', key));
    expect(() => authorizer.authorize(decrypt)).toThrow(/kms:Decrypt/);
    authorizer.attachResourcePolicy(
      key,
      'k',
      allow('kms:*', '*', { Principal: { AWS: 'arn:aws:iam::000000000000:root' } }),
    );
    expect(() => authorizer.authorize(decrypt)).not.toThrow();
  });

  it('needs the key of an encrypted topic besides the topic', () => {
    const authorizer = createAuthorizer(rigScope);
    authorizer.attachPolicy(role, 'p', allow('sns:Publish', topic));
    authorizer.encrypt(topic, key);
    expect(() => authorizer.authorize(publish)).toThrow(/kms:GenerateDataKey on resource: arn:aws:kms/);
  });
});

describe('a service', () => {
  it('is allowed only by the policy of the resource, and only for the source that it names', () => {
    const authorizer = createAuthorizer(rigScope);
    const rule = 'arn:aws:events:eu-central-1:000000000000:rule/probe';
    const invoke = { principal: 'events.amazonaws.com', action: 'lambda:InvokeFunction', resource: 'arn:f' };
    expect(() => authorizer.authorize({ ...invoke, sourceArn: rule })).toThrow(/events.amazonaws.com/);
    authorizer.attachResourcePolicy(
      'arn:f',
      'p',
      allow('lambda:InvokeFunction', 'arn:f', {
        Principal: { Service: 'events.amazonaws.com' },
        Condition: { ArnLike: { 'aws:SourceArn': rule } },
      }),
    );
    expect(() => authorizer.authorize({ ...invoke, sourceArn: rule })).not.toThrow();
    expect(() => authorizer.authorize({ ...invoke, sourceArn: `${rule}-other` })).toThrow();
  });
});

describe('the ledger of permissions', () => {
  it('names what a role used, was denied, and never used', () => {
    const authorizer = createAuthorizer(rigScope);
    authorizer.attachPolicy(role, 'NotifyPolicy', allow(['sns:Publish', 'ses:Send*'], '*'));
    authorizer.authorize(publish);
    authorizer.authorize(publish);
    expect(() => authorizer.authorize({ ...publish, action: 'sns:Subscribe' })).toThrow();
    expect(authorizer.uses()).toEqual([
      { principal: role, action: 'sns:Publish', allowed: true, resources: [topic], count: 2 },
      { principal: role, action: 'sns:Subscribe', allowed: false, resources: [topic], count: 1 },
    ]);
    expect(authorizer.grants().filter(({ used }) => !used)).toMatchObject([
      { principal: role, action: 'ses:Send*', resources: ['*'], label: 'NotifyPolicy[0]' },
    ]);
  });
});

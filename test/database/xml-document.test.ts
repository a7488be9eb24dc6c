import { describe, expect, it } from 'vitest';
import { readInstanceAnswer } from '../../shared/database/rds-answer.ts';
import { readXml } from '../../shared/database/xml-document.ts';

const answer = (instance: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>
<DescribeDBInstancesResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/">
  <DescribeDBInstancesResult><DBInstances>${instance}</DBInstances></DescribeDBInstancesResult>
  <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>
</DescribeDBInstancesResponse>
`;

describe('reading an answer of a Query API', () => {
  it('gives elements, lists and texts, and nothing for what is empty', () => {
    expect(readXml('<a x="1">\n  <b>1 &lt; 2 &amp; &#x41;&#66;</b><c/><d></d><e>1</e><e>2</e></a>')).toEqual({
      a: { b: '1 < 2 & AB', c: null, d: null, e: ['1', '2'] },
    });
  });

  it.each([
    '<a>',
    '<a></b>',
    '</a>',
    '<a><b></a></b>',
    'text < text',
    '<!DOCTYPE a><a/>',
    '<a><![CDATA[x]]></a>',
    '<a>&nbsp;</a>',
    '<a',
  ])('refuses what is no such answer: %s', (text) => {
    expect(() => readXml(text)).toThrow(expect.objectContaining({ name: 'UnreadableXml' }));
  });

  it('makes no prototype of a field', () => {
    expect(Object.keys(readXml('<a><__proto__>1</__proto__></a>') as { a: object }).length).toBe(1);
    expect(({} as Record<string, unknown>)['1']).toBeUndefined();
  });
});

describe('reading the answer of DescribeDBInstances', () => {
  it('keeps fields that no version of the SDK knows, and drops the names of list elements', () => {
    expect(
      readInstanceAnswer(
        answer(
          `<DBInstance><DBInstanceIdentifier>orders</DBInstanceIdentifier>
          <VpcSecurityGroups><VpcSecurityGroupMembership><VpcSecurityGroupId>sg-1</VpcSecurityGroupId></VpcSecurityGroupMembership></VpcSecurityGroups>
          <EnabledCloudwatchLogsExports><member>postgresql</member><member>upgrade</member></EnabledCloudwatchLogsExports>
          <DBSecurityGroups/><FieldOfNextYear><Item>7</Item></FieldOfNextYear></DBInstance>`,
        ),
      ),
    ).toEqual({
      DBInstanceIdentifier: 'orders',
      VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-1' }],
      EnabledCloudwatchLogsExports: ['postgresql', 'upgrade'],
      DBSecurityGroups: null,
      FieldOfNextYear: { Item: '7' },
    });
  });

  it.each(['', '<DBInstance><A>1</A></DBInstance><DBInstance><A>2</A></DBInstance>', '<Other/>'])(
    'refuses an answer that does not hold exactly one instance: %s',
    (instances) => {
      expect(() => readInstanceAnswer(answer(instances))).toThrow('expected exactly one DBInstance');
    },
  );
});

import type { Permission, RestRequest, RestService } from './service.ts';

/** S3 in path style, for the calls that are used. Actions: Service Authorization Reference, "Amazon S3". */
export const s3: RestService = {
  signingName: 's3',
  eventSource: 's3.amazonaws.com',
  protocol: 'rest-xml',
  operationOf: ({ method, segments, query }) => {
    if (segments.length === 0) {
      return method === 'GET' ? 'ListBuckets' : undefined;
    }
    return segments.length === 1 ? bucketOperation(method, query) : objectOperation(method, query);
  },
  operations: {
    ListBuckets: () => [{ action: 's3:ListAllMyBuckets', resource: '*' }],
    HeadBucket: (request) => [{ action: 's3:ListBucket', resource: bucketArn(request) }],
    CreateBucket: (request) => [{ action: 's3:CreateBucket', resource: bucketArn(request) }],
    ListObjectsV2: (request) => [
      {
        action: 's3:ListBucket',
        resource: bucketArn(request),
        context: { 's3:prefix': [request.query.get('prefix') ?? ''] },
      },
    ],
    PutObject: onObject('s3:PutObject'),
    GetObject: onObject('s3:GetObject'),
    HeadObject: onObject('s3:GetObject'),
    DeleteObject: onObject('s3:DeleteObject'),
  },
};

function bucketOperation(method: string, query: URLSearchParams): string | undefined {
  if (method === 'GET' && query.get('list-type') === '2') {
    return 'ListObjectsV2';
  }
  return { HEAD: 'HeadBucket', PUT: 'CreateBucket' }[method];
}

function objectOperation(method: string, query: URLSearchParams): string | undefined {
  const isSubresource = [...query.keys()].some((key) =>
    /^(acl|tagging|uploads|uploadId|retention|attributes)$/.test(key),
  );
  if (isSubresource) {
    return undefined;
  }
  return { GET: 'GetObject', HEAD: 'HeadObject', PUT: 'PutObject', DELETE: 'DeleteObject' }[method];
}

function bucketArn(request: RestRequest): string {
  return `arn:aws:s3:::${request.segments[0]}`;
}

function onObject(action: string) {
  return (request: RestRequest): readonly Permission[] => [
    { action, resource: `${bucketArn(request)}/${request.segments.slice(1).join('/')}` },
  ];
}

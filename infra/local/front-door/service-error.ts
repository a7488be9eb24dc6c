import type { Service } from './services/service.ts';

/** An error as a service sends it. */
export interface ServiceError {
  /** The code that clients match on, e.g. `ThrottlingException`. */
  readonly name: string;
  readonly status: number;
  readonly message: string;
}

/** An answer in the protocol of a service. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Writes an error in the format that the clients of this service read. */
export function errorAnswer(
  service: Service | undefined,
  error: ServiceError,
  requestId: string,
): ErrorAnswer {
  const { name, status, message } = error;
  switch (service?.protocol) {
    case 'query':
      return {
        status,
        headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
        body:
          `<ErrorResponse><Error><Type>${fault(status)}</Type><Code>${escapeXml(name)}</Code>` +
          `<Message>${escapeXml(message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
      };
    case 'rest-xml':
      return {
        status,
        headers: { 'content-type': 'application/xml', 'x-amz-request-id': requestId },
        body:
          `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${escapeXml(name)}</Code>` +
          `<Message>${escapeXml(message)}</Message><RequestId>${requestId}</RequestId></Error>`,
      };
    default:
      return {
        status,
        headers: {
          'content-type': service?.protocol === 'json' ? 'application/x-amz-json-1.0' : 'application/json',
          'x-amzn-errortype': name,
          'x-amzn-requestid': requestId,
        },
        // Clients differ in which of the two spellings they read.
        body: JSON.stringify({ __type: name, message, Message: message }),
      };
  }
}

/** How each protocol names the refusals that the front door itself makes. */
export function refusal(service: Service | undefined, kind: RefusalKind, message: string): ServiceError {
  const isXml = service?.protocol === 'query' || service?.protocol === 'rest-xml';
  const [xmlName, jsonName, jsonStatus] = refusals[kind];
  // SNS alone calls a denial an authorization error.
  const name =
    kind === 'denied' && service?.signingName === 'sns' ? 'AuthorizationError' : isXml ? xmlName : jsonName;
  return { name, status: isXml || service?.protocol === 'rest-json' ? 403 : jsonStatus, message };
}

export type RefusalKind = 'denied' | 'signature' | 'unknown-key' | 'unsigned';

const refusals: Readonly<
  Record<RefusalKind, readonly [xmlName: string, jsonName: string, jsonStatus: number]>
> = {
  denied: ['AccessDenied', 'AccessDeniedException', 400],
  signature: ['SignatureDoesNotMatch', 'InvalidSignatureException', 400],
  'unknown-key': ['InvalidClientTokenId', 'UnrecognizedClientException', 400],
  unsigned: ['MissingAuthenticationToken', 'MissingAuthenticationTokenException', 403],
};

/** The code of an error answer, for records; `undefined` when there is none to be read. */
export function errorNameOf(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: string,
): string | undefined {
  const header = headers['x-amzn-errortype'];
  const code =
    (typeof header === 'string' ? header : undefined) ??
    /"__type"\s*:\s*"([^"]+)"/.exec(body)?.[1] ??
    /<Code>([^<]+)<\/Code>/.exec(body)?.[1];
  return code?.split(':')[0]?.split('#').at(-1);
}

function fault(status: number): string {
  return status >= 500 ? 'Receiver' : 'Sender';
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

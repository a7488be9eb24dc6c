import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { once } from './once.ts';

const s3 = once(() => new S3Client({ maxAttempts: 3 }));

/** A document to keep. */
export interface StoredDocument {
  readonly bucket: string;
  /** Path in the bucket, e.g. `reports/INC-20260131-0a1b2c3d/report.md`. */
  readonly key: string;
  /** E.g. `application/json`; text is UTF-8. */
  readonly contentType: string;
  readonly body: string;
}

/** Stores a document; a repeated call makes a new version of the same key. Throws the SDK's errors. */
export async function putDocument({ bucket, key, contentType, body }: StoredDocument): Promise<void> {
  await s3().send(new PutObjectCommand({ Bucket: bucket, Key: key, ContentType: contentType, Body: body }));
}

/** The text of a document, in its newest version. Throws the SDK's errors. */
export async function getDocument(bucket: string, key: string): Promise<string> {
  const { Body } = await s3().send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return (await Body?.transformToString()) ?? '';
}

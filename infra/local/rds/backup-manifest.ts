import { createHash } from 'node:crypto';

/** What a base backup's manifest says of one file. */
export interface ManifestFile {
  path: string;
  sizeBytes: number;
  sha256: string;
}

/** The part of PostgreSQL's `backup_manifest` that a restore needs. */
export interface BackupManifest {
  files: ReadonlyMap<string, ManifestFile>;
  timeline: number;
  /** WAL position from which recovery must read. */
  startPosition: string;
  /** WAL position at which the copy is consistent. */
  endPosition: string;
}

/** A base backup does not hold what its manifest says. */
export class BaseBackupDamaged extends Error {
  override readonly name = 'BaseBackupDamaged';
}

interface ManifestDocument {
  Files: { Path: string; Size: number; 'Checksum-Algorithm': string; Checksum: string }[];
  'WAL-Ranges': { Timeline: number; 'Start-LSN': string; 'End-LSN': string }[];
  'Manifest-Checksum': string;
}

/**
 * Reads and checks a manifest (PostgreSQL documentation, "Backup Manifest Format").
 *
 * @throws {BaseBackupDamaged} when its own checksum does not fit, or it spans more than one timeline.
 */
export function parseManifest(text: string): BackupManifest {
  const document = parseDocument(text);
  const body = text.slice(0, text.lastIndexOf('"Manifest-Checksum"'));
  if (createHash('sha256').update(body).digest('hex') !== document['Manifest-Checksum']) {
    throw new BaseBackupDamaged('the manifest of the base backup has changed since it was written');
  }
  const [range, ...others] = document['WAL-Ranges'];
  if (!range || others.length > 0) {
    throw new BaseBackupDamaged('the base backup does not lie on one timeline');
  }
  return {
    files: new Map(
      document.Files.map((file) => [
        file.Path,
        { path: file.Path, sizeBytes: file.Size, sha256: file.Checksum },
      ]),
    ),
    timeline: range.Timeline,
    startPosition: range['Start-LSN'],
    endPosition: range['End-LSN'],
  };
}

function parseDocument(text: string): ManifestDocument {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BaseBackupDamaged('the manifest of the base backup is not readable', { cause });
  }
}

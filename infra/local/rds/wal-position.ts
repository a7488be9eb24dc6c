const HEX_DIGITS = 8;
const WAL_FILE_BYTES = 2n ** 32n;

/** One WAL segment file's place: its timeline and its number from the beginning of all WAL. */
export interface WalSegment {
  timeline: number;
  number: bigint;
}

/** Text is not the name of a WAL segment or a WAL position. */
export class NotAWalPosition extends Error {
  override readonly name = 'NotAWalPosition';
}

/** Whether a file of an archive is a complete segment, and not a history, backup or partial file. */
export function isSegmentName(name: string): boolean {
  return /^[0-9A-F]{24}$/.test(name);
}

/**
 * Reads a segment's file name: eight hexadecimal digits each of timeline, 4 GiB file and segment in it
 * (PostgreSQL's `XLogFileName`).
 *
 * @throws {NotAWalPosition} when the name has another form.
 */
export function parseSegmentName(name: string, segmentBytes: number): WalSegment {
  if (!isSegmentName(name)) throw new NotAWalPosition(`"${name}" is not the name of a WAL segment`);
  const field = (index: number) =>
    Number.parseInt(name.slice(index * HEX_DIGITS, (index + 1) * HEX_DIGITS), 16);
  return {
    timeline: field(0),
    number: BigInt(field(1)) * segmentsPerFile(segmentBytes) + BigInt(field(2)),
  };
}

/** The file name of a segment. */
export function segmentName(segment: WalSegment, segmentBytes: number): string {
  const perFile = segmentsPerFile(segmentBytes);
  return [BigInt(segment.timeline), segment.number / perFile, segment.number % perFile]
    .map((part) => part.toString(16).toUpperCase().padStart(HEX_DIGITS, '0'))
    .join('');
}

/** The position at which a segment begins, in bytes from the beginning of all WAL. */
export function segmentStart(segment: WalSegment, segmentBytes: number): bigint {
  return segment.number * BigInt(segmentBytes);
}

/**
 * The segment that holds a position.
 *
 * @param position as PostgreSQL writes it, such as `0/3000028`.
 * @throws {NotAWalPosition} when the text has another form.
 */
export function segmentAt(position: string, timeline: number, segmentBytes: number): WalSegment {
  return { timeline, number: parsePosition(position) / BigInt(segmentBytes) };
}

/**
 * A WAL position as a number of bytes.
 *
 * @throws {NotAWalPosition} when the text is not two hexadecimal numbers with a slash between them.
 */
export function parsePosition(position: string): bigint {
  const match = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(position);
  if (!match) throw new NotAWalPosition(`"${position}" is not a WAL position`);
  return BigInt(`0x${match[1]}`) * WAL_FILE_BYTES + BigInt(`0x${match[2]}`);
}

function segmentsPerFile(segmentBytes: number): bigint {
  return WAL_FILE_BYTES / BigInt(segmentBytes);
}

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { serverOf } from './clusters.ts';
import type { DbInstance } from './instance.ts';
import type { Operations } from './operations.ts';
import { RdsRequestRefused } from './rds-errors.ts';
import { field, parseFields } from './rds-query.ts';

const FOLDER = 'error/';
const DEFAULT_LINES = 10_000;
const LONGEST_PORTION_BYTES = 1024 * 1024;

const DescribeLogFiles = z.strictObject({
  DBInstanceIdentifier: field.text,
  FilenameContains: field.text.optional(),
  FileLastWritten: field.whole.optional(),
  FileSize: field.whole.optional(),
  MaxRecords: field.whole.optional(),
  Marker: field.text.optional(),
});
const DownloadPortion = z.strictObject({
  DBInstanceIdentifier: field.text,
  LogFileName: field.text,
  Marker: field.text.optional(),
  NumberOfLines: field.whole.min(1).max(9_999_999).default(DEFAULT_LINES),
});

/** The operations on PostgreSQL's log files. */
export const logOperations: Operations = {
  DescribeDBLogFiles: (context, fields) => {
    const request = parseFields(DescribeLogFiles, fields);
    const files = logFiles(serverOf(context, request.DBInstanceIdentifier))
      .filter(({ LogFileName: name }) => name.includes(request.FilenameContains ?? ''))
      .filter(({ LastWritten: written }) => written >= (request.FileLastWritten ?? 0))
      .filter(({ Size: size }) => size >= (request.FileSize ?? 0));
    return { DescribeDBLogFiles: files };
  },

  DownloadDBLogFilePortion: (context, fields) => {
    const request = parseFields(DownloadPortion, fields);
    const instance = serverOf(context, request.DBInstanceIdentifier);
    const file = logFiles(instance).find(({ LogFileName: name }) => name === request.LogFileName);
    if (!file) {
      throw new RdsRequestRefused(
        'DBLogFileNotFoundFault',
        `DBLog File: ${request.LogFileName}, is not found on the DB instance`,
      );
    }
    const content = readFileSync(
      join(instance.cluster.logDirectory, request.LogFileName.slice(FOLDER.length)),
    );
    return portion(content, request.Marker, request.NumberOfLines);
  },
};

function logFiles(instance: DbInstance): { LogFileName: string; LastWritten: number; Size: number }[] {
  return readdirSync(instance.cluster.logDirectory).map((name) => {
    const { mtimeMs, size } = statSync(join(instance.cluster.logDirectory, name));
    return { LogFileName: `${FOLDER}${name}`, LastWritten: Math.floor(mtimeMs), Size: size };
  });
}

/**
 * The part of a log that an answer holds: whole lines from the marker on, or the last ones without a marker, up to
 * 1 MiB.
 */
function portion(content: Buffer, marker: string | undefined, lineCount: number): object {
  const start = marker === undefined ? startOfLastLines(content, lineCount) : Number(marker);
  if (!Number.isInteger(start) || start < 0) {
    throw new RdsRequestRefused('InvalidParameterValue', 'The Marker is not valid.');
  }
  const end = endOfLines(content, start, lineCount);
  return {
    LogFileData: content.subarray(start, end).toString('utf8'),
    Marker: String(end),
    AdditionalDataPending: end < content.length,
  };
}

function startOfLastLines(content: Buffer, lineCount: number): number {
  let position = content.length - 1;
  for (let lines = 0; position > 0 && content.length - position < LONGEST_PORTION_BYTES; position -= 1) {
    if (content[position - 1] === 0x0a) lines += 1;
    if (lines === lineCount) break;
  }
  return Math.max(position, 0);
}

function endOfLines(content: Buffer, start: number, lineCount: number): number {
  const limit = Math.min(start + LONGEST_PORTION_BYTES, content.length);
  let end = start;
  for (let lines = 0; lines < lineCount && end < limit; lines += 1) {
    const newline = content.indexOf(0x0a, end);
    if (newline < 0 || newline >= limit) return end === start ? limit : end;
    end = newline + 1;
  }
  return end;
}

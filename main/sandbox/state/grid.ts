// The rules of the part grid. Pure.
import { BoxError, badRequest } from '../http/box-error.ts';

export interface Range {
  startBytes: number;
  /** Last byte, included, as in Content-Range. */
  endBytes: number;
  totalBytes: number;
}

const eightMib = 8 * 2 ** 20;

/**
 * The part size the sandbox chooses: 8 MiB, doubled until a file has at most 1,280 parts (10 GiB at 8 MiB). Box's own choice is not
 * published; values seen are powers of two from 8 to 64 MiB.
 */
export function choosePartSize(fileBytes: number): number {
  let partBytes = eightMib;
  while (fileBytes / partBytes > 1280) partBytes *= 2;
  return partBytes;
}

export const partCount = (fileBytes: number, partBytes: number): number => Math.ceil(fileBytes / partBytes);

/**
 * Reads `bytes 0-8388607/446169088`. An empty range such as `bytes 8-7/8`, which some clients send after the last part of an exact
 * multiple (boxcli#102), is no range.
 * @throws BoxError 400 bad_request
 */
export function parseContentRange(header: string | undefined): Range {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/i.exec(header?.trim() ?? '');
  const [startBytes = NaN, endBytes = NaN, totalBytes = NaN] = (match ?? []).slice(1).map(Number);
  if (!match || endBytes < startBytes || endBytes >= totalBytes) {
    throw badRequest('content-range', `Invalid range format '${header ?? ''}'`);
  }
  return { startBytes, endBytes, totalBytes };
}

/**
 * A part starts on the grid and fills its cell: exactly part_size, or what is left at the end.
 * @throws BoxError 416
 */
export function checkGrid(range: Range, fileBytes: number, partBytes: number): void {
  const refuse = (message: string): never => {
    throw new BoxError(416, 'range_not_satisfiable', message);
  };
  if (range.totalBytes !== fileBytes)
    refuse(`The total ${range.totalBytes} is not the session's file size ${fileBytes}`);
  if (range.startBytes % partBytes !== 0)
    refuse(`The offset ${range.startBytes} is not a multiple of the part size ${partBytes}`);
  const end = Math.min(range.startBytes + partBytes, fileBytes) - 1;
  if (range.endBytes !== end) refuse(`The part at ${range.startBytes} must end at ${end}, not at ${range.endBytes}`);
}

/** 416 as Box words it (rclone#2054). */
export const overlapError = (part: { part_id: string; offset: number; size: number }): BoxError =>
  new BoxError(
    416,
    'range_overlaps_existing_part',
    `Part overlaps with previously uploaded part ${JSON.stringify({ id: part.part_id, offset: part.offset, size: part.size })}`,
  );

/**
 * Reads `sha=<base64 of 20 bytes>`; the algorithm's name is compared without case (RFC 3230; older SDKs send `SHA=`).
 * @returns the digest in hex. @throws BoxError 400 bad_request
 */
export function parseDigest(header: string | string[] | undefined): string {
  const text = Array.isArray(header) ? header[0] : header;
  const match = /^sha=([A-Za-z0-9+/]{27}=)$/i.exec(text?.trim() ?? '');
  if (!match?.[1]) throw badRequest('digest', 'The digest header must be sha= and the base64 of a SHA-1');
  return Buffer.from(match[1], 'base64').toString('hex');
}

/** 400 digest_mismatch, naming both digests in base64 as Box does (box-java-sdk#701). */
export const digestMismatch = (expectedHex: string, actualHex: string): BoxError => {
  const base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');
  return new BoxError(
    400,
    'digest_mismatch',
    `The digest of the content doesn't match: expected sha=${base64(expectedHex)}, actual sha=${base64(actualHex)}`,
  );
};

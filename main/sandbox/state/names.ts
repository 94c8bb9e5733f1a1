// Names on Box and what they are called on this machine's disk. Pure.
import { createHash } from 'node:crypto';
import { BoxError } from '../http/box-error.ts';
import { stateFolderName } from './state.ts';

// Box compares names without case (OpenAPI: "case-insensitive"). Nothing documented folds Unicode forms, so NFC and NFD stay distinct.
export const nameKey = (name: string): string => name.toLowerCase();

/**
 * Box's rules for names: 1 to 255 characters, no control characters, `/` or `\`, no trailing space, not `.` or `..` (OpenAPI,
 * folder create). Leading spaces and `<>:"|?*` are accepted, as rclone found them to be.
 * @throws BoxError 400 item_name_too_long, item_name_invalid
 */
export function checkName(name: string): void {
  const refuse = (code: string, message: string): never => {
    throw new BoxError(400, code, message, { errors: [{ reason: 'invalid_parameter', name: 'name', message }] });
  };
  if ([...name].length > 255) refuse('item_name_too_long', 'Item name too long');
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  const illegal = name === '' || name === '.' || name === '..' || /[/\\\u0000-\u001f\u007f]| $/.test(name);
  if (illegal || !name.isWellFormed()) refuse('item_name_invalid', 'Item name invalid');
}

const bytesOf = (text: string): number => Buffer.byteLength(text);

/** The longest beginning of `text` that takes at most `limit` bytes in UTF-8, cut between characters. */
function cut(text: string, limit: number): string {
  let bytes = 0;
  let result = '';
  for (const character of text) {
    bytes += bytesOf(character);
    if (bytes > limit) break;
    result += character;
  }
  return result;
}

const splitExtension = (name: string): [string, string] => {
  const dot = name.lastIndexOf('.');
  return dot > 0 && bytesOf(name.slice(dot)) <= 20 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
};

const longestBytes = 255;
const windowsDevice = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;

/** Where a name is to be used. */
export interface Place {
  /** Bytes that the path still has room for; below the name's length a name of 17 bytes is made. */
  roomBytes?: number;
  platform?: NodeJS.Platform;
}

/**
 * The name an item gets on disk: its own wherever the file system can hold it. Otherwise characters are percent-encoded, and a
 * name of more than 255 bytes is cut and given eight digits of its digest. Not reversible: the state keeps both names.
 * @param attempt 0 first; from 1 on a number is added, for names that another file already has on disk.
 */
export function localName(name: string, attempt = 0, place: Place = {}): string {
  const { roomBytes = Infinity, platform = process.platform } = place;
  let local = name;
  if (platform === 'win32') {
    local = local.replace(/[<>:"|?*]/g, (character) => '%' + character.charCodeAt(0).toString(16).toUpperCase());
    local = local.replace(/\.$/, '%2E');
    if (windowsDevice.test(local)) local = '%' + local;
  }
  if (local.toLowerCase() === stateFolderName) local = '%' + local;
  const [stem, extension] = splitExtension(local);
  const suffix = attempt > 0 ? `~${attempt}` : '';
  const fits = bytesOf(local) <= roomBytes;
  if (fits && bytesOf(local) + bytesOf(suffix) <= longestBytes) return stem + suffix + extension;
  const digest = createHash('sha1').update(name).digest('hex');
  if (!fits) return '~' + digest.slice(0, 16) + suffix;
  const mark = '~' + digest.slice(0, 8) + suffix;
  return cut(stem, longestBytes - bytesOf(mark) - bytesOf(extension)) + mark + extension;
}

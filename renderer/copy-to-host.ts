import { sessionHeader, type Place } from '../shared/page-contract.ts';
import type { PageCommands, TakeOptions } from './link.ts';
import type { DroppedFile } from './state/dropped-files.ts';

/** Even a large file is on a slow disk, and answered, in less than this since its last bytes left. */
const stalledMs = 5 * 60_000;

/**
 * Puts one file after the other into a drop of the host, and ends it: the way of a page that knows no paths. What was handed over is
 * thrown away when it fails, stalls or is aborted.
 * @throws Error in the host's own words; another where its link breaks, or 5 minutes pass without a byte taken or an answer
 */
export async function copyToHost(
  remote: Pick<PageCommands, 'beginDrop' | 'endDrop' | 'cancelDrop'>,
  session: string,
  files: DroppedFile[],
  { signal, onProgress }: TakeOptions,
): Promise<{ place: Place; path: string }[]> {
  const bytes = files.reduce((sum, { file }) => sum + file.size, 0);
  const { dropId } = await remote.beginDrop({ files: files.length, bytes });
  try {
    let arrivedBytes = 0;
    for (const [index, dropped] of files.entries()) {
      const url = `/drop/${dropId}?path=${encodeURIComponent(dropped.path)}&modified=${dropped.file.lastModified}`;
      await put(url, session, dropped, signal, (sent) => onProgress({ files: index, bytes: arrivedBytes + sent }));
      arrivedBytes += dropped.file.size;
      onProgress({ files: index + 1, bytes: arrivedBytes });
    }
    return (await remote.endDrop({ dropId })).places;
  } catch (error) {
    await remote.cancelDrop({ dropId }).catch(() => undefined);
    throw error;
  }
}

/** One PUT. XMLHttpRequest and not fetch, which doesn't tell how much has left. */
function put(
  url: string,
  session: string,
  { file, path }: DroppedFile,
  signal: AbortSignal,
  onSent: (bytes: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    const giveUp = () => {
      reject(new Error(`${path} could not be handed over: Boxcar has taken nothing for 5 minutes. Drop it again.`));
      abort();
    };
    let stalled = setTimeout(giveUp, stalledMs);
    signal.addEventListener('abort', abort, { once: true });
    request.open('PUT', url);
    request.setRequestHeader(sessionHeader, session);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.upload.onprogress = ({ loaded }) => {
      clearTimeout(stalled);
      stalled = setTimeout(giveUp, stalledMs);
      onSent(loaded);
    };
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve();
      else reject(new Error(request.responseText || `${path}: ${request.status}`));
    };
    request.onerror = () => reject(new Error(`${path} could not be handed over: the link to Boxcar broke.`));
    request.onabort = () => reject(signal.reason as Error);
    request.onloadend = () => {
      clearTimeout(stalled);
      signal.removeEventListener('abort', abort);
    };
    request.send(file);
  });
}

import { randomBytes } from 'node:crypto';
import { CallError } from '../../../shared/call-error.ts';
import type { Place } from '../../../shared/page-contract.ts';

/** Names for folders and files of this machine that say nothing: a page gets them instead of being believed a path. */
export interface Places {
  /** The place of an absolute path; the same one as long as it is remembered. */
  of(path: string): Place;
  /** @throws CallError `usage` for one that was never given out, or so long ago that it was forgotten. */
  path(place: Place): string;
}

/** @param most so many are remembered; beyond, the one that was used longest ago goes. */
export function createPlaces(most = 10_000): Places {
  const paths = new Map<Place, string>();
  const places = new Map<string, Place>();
  const touch = (place: Place, path: string) => {
    paths.delete(place);
    paths.set(place, path);
    places.set(path, place);
    if (paths.size <= most) return;
    for (const [oldest, oldestPath] of paths) {
      paths.delete(oldest);
      places.delete(oldestPath);
      break;
    }
  };
  return {
    of: (path) => {
      const place = places.get(path) ?? randomBytes(16).toString('base64url');
      touch(place, path);
      return place;
    },
    path: (place) => {
      const path = paths.get(place);
      if (path === undefined)
        throw new CallError('usage', 'This folder or file is no longer known here: choose it again.');
      touch(place, path);
      return path;
    },
  };
}

import { z } from 'zod';
import { readJson, writeJsonAtomic } from '../../platform/atomic-file.ts';

const boundsSchema = z.object({ x: z.int(), y: z.int(), width: z.int().positive(), height: z.int().positive() });
export type Bounds = z.infer<typeof boundsSchema>;

const stateSchema = z.object({ bounds: boundsSchema, maximized: z.boolean() });
/** How a window stood when it was left. */
export type WindowState = z.infer<typeof stateSchema>;

const usual = { width: 1180, height: 780 };
export const smallest = { width: 360, height: 480 };
/** So much of a title bar must be in reach of a pointer. */
const reachable = { width: 120, height: 40 };

/**
 * Where the window opens: where it was left, if its title bar can still be reached there and it fits; else in the middle of the first
 * display (no x and y), as large as usual or as fits.
 * @param displays the work areas, the primary one first; never empty.
 */
export function boundsToOpen(
  saved: WindowState | undefined,
  displays: readonly Bounds[],
): Partial<Bounds> & Pick<Bounds, 'width' | 'height'> {
  const home = saved && displays.find((area) => isTitleInReach(fitted(saved.bounds, area), area));
  if (!home) {
    const [first] = displays;
    return {
      width: Math.min(usual.width, first?.width ?? usual.width),
      height: Math.min(usual.height, first?.height ?? usual.height),
    };
  }
  return fitted(saved.bounds, home);
}

/** No larger than an area, and never too small for use. */
function fitted({ x, y, width, height }: Bounds, area: Bounds): Bounds {
  return {
    x,
    y,
    width: between(width, smallest.width, area.width),
    height: between(height, smallest.height, area.height),
  };
}

function isTitleInReach({ x, y, width }: Bounds, area: Bounds): boolean {
  const seenWidth = Math.min(x + width, area.x + area.width) - Math.max(x, area.x);
  return seenWidth >= Math.min(reachable.width, width) && y >= area.y && y + reachable.height <= area.y + area.height;
}

function between(value: number, least: number, most: number): number {
  return Math.max(Math.min(value, most), Math.min(least, most));
}

/** Reads how the window was left; undefined for none, and for a file that isn't understood. */
export async function readWindowState(path: string): Promise<WindowState | undefined> {
  try {
    return stateSchema.safeParse(await readJson(path)).data;
  } catch {
    return undefined;
  }
}

/** Keeps it, as a whole or not at all. */
export function writeWindowState(path: string, state: WindowState): Promise<void> {
  return writeJsonAtomic(path, state);
}

import type { desktopChannels } from '../../../shared/desktop-channels.ts';

/** The channels as the preload names them: the contract itself would bring zod along. A type keeps them equal. */
export const portChannel: (typeof desktopChannels)['port'] = 'boxcar:port';
export const dropChannel: (typeof desktopChannels)['drop'] = 'boxcar:drop';

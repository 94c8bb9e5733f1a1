import type { CustomScheme } from 'electron';

/** The scheme of the window's page: an origin like https has one, and no way around the checks of a page. */
export const appScheme: CustomScheme = {
  scheme: 'app',
  privileges: {
    standard: true,
    secure: true,
    supportFetchAPI: true,
    bypassCSP: false,
    allowServiceWorkers: false,
    corsEnabled: false,
  },
};

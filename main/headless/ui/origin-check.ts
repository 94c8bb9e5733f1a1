import { pageHeaders } from '../../../shared/page-headers.ts';

/** What of a request says where it comes from. */
export interface RequestOrigin {
  host: string | undefined;
  origin: string | undefined;
}

/**
 * Whether a request was meant for this host: its Host names this machine and our port, so that no name of another domain that leads
 * here gets in (DNS rebinding); and its Origin, which browsers set and pages can't forge, is the page that we served.
 * @param needsOrigin false for what a person may open by typing its address, which sends none.
 */
export function isOurOrigin({ host, origin }: RequestOrigin, port: number, needsOrigin: boolean): boolean {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`];
  if (host === undefined || !hosts.includes(host.toLowerCase())) return false;
  if (origin === undefined) return !needsOrigin;
  return origin.toLowerCase() === `http://${host.toLowerCase()}`;
}

/** The headers of every answer. @param host a Host that was checked; named too, since not every browser takes 'self' for a WebSocket. */
export function securityHeaders(host: string): Record<string, string> {
  return pageHeaders([`ws://${host}`]);
}

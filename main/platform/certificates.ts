import { readFileSync } from 'node:fs';
import tls from 'node:tls';

/**
 * Trusts, beside Node's own certificates, those of the system and of NODE_EXTRA_CA_CERTS. Read by ourselves: Electron whose NODE_OPTIONS
 * are switched off passes the variable over, and nothing reads the system's store unasked.
 * @returns what could not be read, for the log; the rest is trusted all the same.
 */
export function trustSystemCertificates(env: NodeJS.ProcessEnv): string[] {
  const failures: string[] = [];
  const read = (what: string, certificates: () => string[]): string[] => {
    try {
      return certificates();
    } catch (error) {
      failures.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  };
  const extra = env['NODE_EXTRA_CA_CERTS'];
  const trusted = [
    ...read('the certificates of Node', () => tls.getCACertificates('default')),
    ...read('the certificates of the system', () => tls.getCACertificates('system')),
    ...(extra ? read(extra, () => certificatesIn(readFileSync(extra, 'utf8'))) : []),
  ];
  if (trusted.length > 0)
    read('all certificates together', () => (tls.setDefaultCACertificates([...new Set(trusted)]), []));
  return failures;
}

/** The certificates of a PEM file. @throws where it has none. */
export function certificatesIn(pem: string): string[] {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g);
  if (!found) throw new Error('it holds no certificate');
  return found;
}

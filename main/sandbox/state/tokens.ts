// OAuth tokens as Box hands them out: access tokens for a while, refresh tokens for one use, codes for 30 seconds.
import { randomBytes } from 'node:crypto';
import { OauthError, UnauthorizedError } from '../http/box-error.ts';
import type { Database, Query } from './database.ts';

interface TokenRow {
  token: string;
  kind: 'access' | 'refresh' | 'code';
  /** Access and refresh tokens of one grant share it, so that revoking one ends both. */
  pair: string;
  expires_at_ms: number | null;
  redirect_uri: string | null;
  spent: number;
}

export interface TokenPair {
  access_token: string;
  expires_in: number;
  refresh_token?: string;
}

const codeLifeMs = 30_000;
const refreshLifeMs = 60 * 24 * 3600 * 1000;
const newToken = (): string => randomBytes(24).toString('base64url');

export class Tokens {
  readonly clientId: string;
  readonly clientSecret: string;
  /** When this root was first served. */
  readonly createdAtSeconds: number;
  readonly #lifeSeconds: number | undefined;
  readonly #database: Database;
  readonly #byToken: Query<TokenRow>;
  readonly #insert: Query<unknown>;
  readonly #spend: Query<unknown>;
  readonly #unspend: Query<unknown>;
  readonly #drop: Query<unknown>;
  readonly #metaGet: Query<{ value: string }>;
  readonly #metaSet: Query<unknown>;
  readonly #access = new Map<string, number>();
  readonly #refreshGrace: boolean;
  /** The refresh token that a pair came for, while it may still be repeated. Lost at a restart, which ends every grace unused. */
  readonly #repeatable = new Map<string, string>();

  /** @param refreshGrace see options.ts */
  constructor(database: Database, lifeSeconds: number | undefined, refreshGrace = false) {
    this.#database = database;
    this.#lifeSeconds = lifeSeconds;
    this.#refreshGrace = refreshGrace;
    this.#byToken = database.query('select * from token where token = ?');
    this.#insert = database.query(
      'insert into token (token, kind, pair, expires_at_ms, redirect_uri) values (?,?,?,?,?)',
    );
    this.#spend = database.query('update token set spent = 1 where token = ?');
    this.#unspend = database.query('update token set spent = 0 where token = ?');
    this.#drop = database.query('delete from token where pair = ?');
    this.#metaGet = database.query('select value from meta where key = ?');
    this.#metaSet = database.query('insert or replace into meta (key, value) values (?, ?)');
    database.query('delete from token where expires_at_ms < ?').run(Date.now() - refreshLifeMs);
    this.clientId = this.#kept('client-id', () => 'sandbox' + randomBytes(12).toString('hex'));
    this.clientSecret = this.#kept('client-secret', newToken);
    this.createdAtSeconds = Number(this.#kept('created-at', () => String(Math.floor(Date.now() / 1000))));
  }

  #kept(key: string, make: () => string): string {
    const value = this.#metaGet.get(key)?.value ?? make();
    this.#metaSet.run(key, value);
    return value;
  }

  /** The pair to print: that of the last start while both of its tokens are still good, else a new one. */
  printed(): { token: string; refreshToken: string } {
    const token = this.#metaGet.get('printed-access')?.value;
    const refreshToken = this.#metaGet.get('printed-refresh')?.value;
    const good = (text: string | undefined): text is string => {
      const row = text === undefined ? undefined : this.#byToken.get(text);
      return row !== undefined && row.spent === 0 && (row.expires_at_ms === null || row.expires_at_ms > Date.now());
    };
    // A token without an end is no longer one to print once --token-seconds asks for an end.
    const endless = token !== undefined && this.#byToken.get(token)?.expires_at_ms === null;
    if (good(token) && good(refreshToken) && endless === (this.#lifeSeconds === undefined))
      return { token, refreshToken };
    const fresh = this.#issue(this.#lifeSeconds ?? null, true);
    const pair = { token: fresh.access_token, refreshToken: fresh.refresh_token ?? '' };
    this.#metaSet.run('printed-access', pair.token);
    this.#metaSet.run('printed-refresh', pair.refreshToken);
    return pair;
  }

  /** @throws UnauthorizedError for an access token that isn't known or is too old. */
  check(token: string): void {
    let expiresAtMs = this.#access.get(token);
    if (expiresAtMs === undefined) {
      const row = this.#byToken.get(token);
      if (row?.kind !== 'access' || row.spent !== 0) throw new UnauthorizedError('invalid_token');
      expiresAtMs = row.expires_at_ms ?? Infinity;
      this.#endGrace(row.pair);
      this.#access.set(token, expiresAtMs);
    }
    if (expiresAtMs <= Date.now()) throw new UnauthorizedError('expired_token');
  }

  /** A code for the authorize page's redirect; good for 30 seconds and one use. */
  newCode(redirectUri: string | undefined): string {
    const code = newToken();
    this.#insert.run(code, 'code', newToken(), Date.now() + codeLifeMs, redirectUri ?? null);
    return code;
  }

  /** @throws OauthError invalid_grant for a code that is unknown, used, too old or was given for another redirect URI. */
  redeemCode(code: string, redirectUri: string | undefined): TokenPair {
    return this.#database.transaction(() => {
      const row = this.#use(code, 'code', 'authorization code');
      if (redirectUri !== undefined && row.redirect_uri !== null && redirectUri !== row.redirect_uri) {
        throw new OauthError('invalid_grant', 'The redirect_uri does not match the one the code was given for');
      }
      return this.#issue(this.#lifeSeconds ?? 3600, true);
    });
  }

  /** A new pair for a refresh token, which is spent by it. Access tokens so far live on until their own end. Under grace it may be asked for again until the new pair is used. */
  refresh(token: string): TokenPair {
    return this.#database.transaction(() => {
      const row = this.#use(token, 'refresh', 'Refresh token');
      this.#endGrace(row.pair);
      const fresh = this.#issue(this.#lifeSeconds ?? 3600, true);
      const issued = this.#refreshGrace ? this.#byToken.get(fresh.access_token) : undefined;
      if (issued) {
        this.#repeatable.set(issued.pair, token);
        this.#unspend.run(token);
      }
      return fresh;
    });
  }

  /** An access token without a refresh token, as the client credentials grant gives it. */
  clientCredentials(): TokenPair {
    return this.#issue(this.#lifeSeconds ?? 3600, false);
  }

  /** Ends the pair that a token belongs to. Unknown tokens are fine, as RFC 7009 wants it. */
  revoke(token: string): void {
    const row = this.#byToken.get(token);
    if (row) this.#drop.run(row.pair);
    this.#access.clear();
  }

  /** A pair is used for the first time: the refresh token that it came for is spent now. */
  #endGrace(pair: string): void {
    const before = this.#repeatable.get(pair);
    if (before === undefined) return;
    this.#repeatable.delete(pair);
    this.#spend.run(before);
  }

  #use(token: string, kind: TokenRow['kind'], what: string): TokenRow {
    const row = this.#byToken.get(token);
    if (row?.kind !== kind) throw new OauthError('invalid_grant', `Invalid ${what}`);
    const isOver = row.spent !== 0 || (row.expires_at_ms ?? Infinity) <= Date.now();
    if (isOver) throw new OauthError('invalid_grant', `${what[0]?.toUpperCase()}${what.slice(1)} has expired`);
    this.#spend.run(token);
    return row;
  }

  #issue(lifeSeconds: number | null, withRefresh: boolean): TokenPair {
    const pair = newToken();
    const access_token = newToken();
    this.#insert.run(access_token, 'access', pair, lifeSeconds === null ? null : Date.now() + lifeSeconds * 1000, null);
    const tokens = { access_token, expires_in: lifeSeconds ?? 3600 };
    if (!withRefresh) return tokens;
    const refresh_token = newToken();
    this.#insert.run(refresh_token, 'refresh', pair, Date.now() + refreshLifeMs, null);
    return { ...tokens, refresh_token };
  }
}

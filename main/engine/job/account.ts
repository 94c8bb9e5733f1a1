import type { EngineOptions } from '../../../shared/engine-contract.ts';
import { ProblemError } from '../../../shared/problem-error.ts';
import { connectBox, type BoxConnection, type CallRetries } from '../../box/connection.ts';
import type { BodyPace } from '../../box/transport/body-pace.ts';
import { patient } from '../../box/patient.ts';
import { getCurrentUser, type BoxUser } from '../../box/users.ts';
import type { Clock } from '../../platform/clock.ts';
import type { ProxyFor } from '../../platform/proxy.ts';
import { backoffMs, sleep } from '../../platform/wait.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Pacer } from '../schedule/pacer.ts';
import { tokenSource, type AskForToken } from './token-source.ts';

/** How long the first contact is tried before the command says that Box can't be reached. */
const firstContactMs = 15_000;

/** The way to one account: the connection, and who it is. */
export class Account {
  readonly connection: BoxConnection;
  /** For what is asked before anything is under way: it waits as long as Box asks, where a transfer would show that it waits. */
  readonly patient: BoxConnection;
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #host: string;

  constructor(options: {
    engine: EngineOptions;
    ledger: Ledger;
    clock: Clock;
    pacer: Pacer;
    bodyPace: BodyPace;
    accessToken: AskForToken;
    retries?: Partial<CallRetries> | undefined;
    proxyFor?: ProxyFor | undefined;
  }) {
    this.#ledger = options.ledger;
    this.#clock = options.clock;
    this.#host = accountHost(options.engine.endpoints.api);
    this.connection = connectBox({
      endpoints: options.engine.endpoints,
      token: tokenSource(options.clock, options.accessToken),
      pacer: options.pacer,
      bodyPace: options.bodyPace,
      clock: options.clock,
      userAgent: 'Boxcar',
      retries: options.retries,
      proxyFor: options.proxyFor,
    });
    this.patient = patient(this.connection);
  }

  /** Asks Box who this is, which also proves the token. Rejects with a ProblemError; an unreachable Box is tried for a while. */
  async identify(signal: AbortSignal): Promise<{ accountId: number; user: BoxUser }> {
    const user = await this.#currentUser(signal);
    const accountId = await this.#ledger.write(() =>
      this.#ledger.jobs.upsertAccount({ boxHost: this.#host, userId: user.id, login: user.login || null }),
    );
    return { accountId, user };
  }

  async #currentUser(signal: AbortSignal): Promise<BoxUser> {
    const deadline = this.#clock.monotonic() + firstContactMs;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await getCurrentUser(this.patient, { signal });
      } catch (error) {
        const unreachable = error instanceof ProblemError && error.problem.code === 'network.unreachable';
        if (!unreachable || this.#clock.monotonic() >= deadline) throw error;
        await sleep(
          backoffMs(attempt, () => this.#clock.random(), 500, 4000),
          signal,
        );
      }
    }
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}

/** What tells one Box from another. The port of a sandbox on this machine changes from start to start, so it does not count there. */
export function accountHost(apiUrl: string): string {
  const { hostname, host } = new URL(apiUrl);
  return ['127.0.0.1', 'localhost', '[::1]'].includes(hostname) ? 'loopback' : host;
}

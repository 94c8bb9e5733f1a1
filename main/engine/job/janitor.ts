import type { BoxConnection } from '../../box/connection.ts';
import { abortSession } from '../../box/upload-session/session-calls.ts';
import { locateSession } from '../transfer/session-address.ts';
import type { Ledger } from '../ledger/ledger.ts';

/** Sessions of ours that nobody wants any more are aborted on Box, so that they hold no space there for a week. */
export class SessionJanitor {
  readonly #ledger: Ledger;
  readonly #connection: BoxConnection;
  readonly #log: { warn(facts: object, message: string): void };
  readonly #controller = new AbortController();
  #sweeping: Promise<void> | null = null;
  #again = false;

  constructor(ledger: Ledger, connection: BoxConnection, log: { warn(facts: object, message: string): void }) {
    this.#ledger = ledger;
    this.#connection = connection;
    this.#log = log;
  }

  /** Looks for such sessions now; what can't be aborted stays in the ledger for the next time. */
  sweep(): void {
    if (this.#sweeping) {
      this.#again = true;
      return;
    }
    this.#sweeping = this.#sweep()
      .catch((error: unknown) => {
        if (!this.#controller.signal.aborted) this.#log.warn({ error }, 'a session could not be aborted');
      })
      .finally(() => {
        this.#sweeping = null;
        if (this.#again && !this.#controller.signal.aborted) {
          this.#again = false;
          this.sweep();
        }
      });
  }

  /** Looks for such sessions and resolves when that is done; what can't be aborted now expires on Box by itself. */
  async sweepAll(): Promise<void> {
    this.sweep();
    while (this.#sweeping) await this.#sweeping;
  }

  async close(): Promise<void> {
    this.#controller.abort(new Error('the engine ends'));
    await this.#sweeping;
  }

  async #sweep(): Promise<void> {
    for (const transfer of this.#ledger.transfers.orphanSessions(100)) {
      const session = transfer.session!;
      // [Note: foreign sessions] One that we did not create is never aborted: another client is using it.
      if (session.ours) {
        const { signal } = this.#controller;
        const { endpoints } = await locateSession(this.#connection, session, transfer.sizeBytes, signal);
        await abortSession(this.#connection, { url: endpoints.abort }, { signal });
      }
      await this.#ledger.write(() => this.#ledger.transfers.setSession(transfer.id, null));
    }
  }
}

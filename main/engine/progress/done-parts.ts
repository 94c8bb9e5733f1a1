import { partCodes } from '../../../shared/list-model.ts';
import type { PartOrigin } from '../../../shared/transfer-state.ts';

const codeOf: Record<PartOrigin, number> = {
  sent: partCodes['done-sent'].charCodeAt(0),
  resumed: partCodes['done-resumed'].charCodeAt(0),
  'on-box': partCodes['done-on-box'].charCodeAt(0),
};
const pending = partCodes.pending.charCodeAt(0);

/** How a file is cut into the parts of its session. */
export interface PartsOf {
  sizeBytes: number;
  partSizeBytes: number;
  totalParts: number;
}

/** Which parts of a session Box has acknowledged, and where their bytes came from: a byte a part. */
export class DoneParts {
  readonly bytes: Record<PartOrigin, number> = { sent: 0, resumed: 0, 'on-box': 0 };
  readonly #of: PartsOf;
  readonly #codes: Buffer;
  readonly #origins = new Map<number, PartOrigin>();

  constructor(of: PartsOf) {
    this.#of = of;
    this.#codes = Buffer.alloc(of.totalParts, pending);
  }

  /** Box has acknowledged a part; one outside of the session is left out. */
  mark(index: number, origin: PartOrigin): void {
    if (index < 0 || index >= this.#codes.length) return;
    const { partSizeBytes, sizeBytes } = this.#of;
    const partBytes = Math.min(partSizeBytes, sizeBytes - index * partSizeBytes);
    const before = this.#origins.get(index);
    if (before) this.bytes[before] -= partBytes;
    this.bytes[origin] += partBytes;
    this.#origins.set(index, origin);
    this.#codes[index] = codeOf[origin];
  }

  /** All parts, a character each; `overlay` says what those are doing that are not at rest. */
  codes(overlay: Iterable<readonly [index: number, code: string]>): string {
    const codes = Buffer.from(this.#codes);
    for (const [index, code] of overlay) {
      if (codes[index] === pending) codes[index] = code.charCodeAt(0);
    }
    return codes.toString('latin1');
  }
}

/** As the ledger has them. */
export function doneParts(
  transfer: { sizeBytes: number },
  session: { partSizeBytes: number; totalParts: number },
  rows: Iterable<{ index: number; state: string; origin: PartOrigin | null }>,
): DoneParts {
  const { partSizeBytes, totalParts } = session;
  const done = new DoneParts({ sizeBytes: transfer.sizeBytes, partSizeBytes, totalParts });
  for (const { index, state, origin } of rows) if (state === 'done' && origin) done.mark(index, origin);
  return done;
}

import { expect, test } from 'vitest';
import type { Clock } from '../../../main/platform/clock.ts';
import { systemClock } from '../../../main/platform/clock.ts';
import type { TestBox } from '../../support/engine-fixture.ts';
import { openPairEngine, pairScene } from '../../support/pair-fixture.ts';
import { asked, onlyQuestion, resync, settled } from '../../support/pair-steps.ts';

const hourMs = 3_600_000;

/** The clock of this machine, some hours on. */
function laterClock(): { clock: Clock; pass: (durationMs: number) => void } {
  let aheadMs = 0;
  const clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
  return { clock, pass: (durationMs) => (aheadMs += durationMs) };
}

/** A pair in sync, whose engine hears nothing of Box's events from now on. */
async function deafScene() {
  const later = laterClock();
  const one = await pairScene({ 'a.txt': 'a', 'sub/b.txt': 'b' }, {}, { clock: later.clock });
  // The first listing, which a ledger without a position begins with, has ended.
  const { createdAt } = one.engine.ledger.pairs.get(one.pairId)!;
  const isListed = () => (one.engine.ledger.pairs.get(one.pairId)!.comparedAt ?? 0) > createdAt;
  while (!isListed()) await new Promise((resolve) => setTimeout(resolve, 10));
  one.box.intercept = ({ route }) => (route?.includes('event') ? { drop: true } : undefined);
  return { ...one, ...later };
}

const listings = (box: TestBox) => box.count('list-items');

test('a day after the last one Box is listed whole, and what no event told of is found', async () => {
  const { box, engine, pass } = await deafScene();
  await box.remove('Pair/sub/b.txt');
  box.requests = [];
  pass(23 * hourMs);
  await resync(engine);
  expect(listings(box)).toBe(0);
  expect(await engine.commands.questions({ after: 0, limit: 10 })).toEqual([]);
  pass(2 * hourMs);
  await resync(engine);
  const question = await asked(engine, 'removed-on-box');
  expect(question.path).toMatch(/b\.txt$/);
  expect(listings(box)).toBe(2);
  // Once a day, and not at each walk from then on.
  pass(20 * hourMs);
  await resync(engine);
  expect(listings(box)).toBe(2);
});

test('the day goes on while it is not running, and over a restart', async () => {
  const { box, engine, home, clock, pass } = await deafScene();
  await box.remove('Pair/a.txt');
  await engine.close();
  for (const hours of [12, 11]) {
    pass(hours * hourMs);
    const again = await openPairEngine(box, { watch: false, home, clock });
    await settled(again, () => again.commands.startPairs({}));
    expect(await again.commands.questions({ after: 0, limit: 10 })).toEqual([]);
    await again.close();
  }
  pass(2 * hourMs);
  const last = await openPairEngine(box, { watch: false, home, clock });
  await last.commands.startPairs({});
  await asked(last, 'removed-on-box');
  await onlyQuestion(last, 'removed-on-box');
});

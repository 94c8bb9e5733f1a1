import { join } from 'node:path';
import { writeRandom } from '../../support/ui-files.ts';
import { openTransfer, rowOf, uploadFiles } from '../../support/ui-page.ts';
import { slowParts } from '../../support/ui-parts.ts';
import { expect, test } from './fixture.ts';

test('nothing jumps while numbers tick: in the list, in the frame, on the screen of a transfer', async ({
  page,
  folder,
  opened: { box },
}) => {
  box.intercept(slowParts(900_000));
  await uploadFiles(page, writeRandom(join(folder, 'tape.tar'), 100 * 2 ** 20));
  await expect(rowOf(page, 'tape.tar')).toHaveAccessibleName(/Sending: [1-9]/, { timeout: 30_000 });
  /** Sum of the shifts, and what shifted. */
  const shiftsOf = (spanMs: number) =>
    page.evaluate(async (span) => {
      const seen = { sum: 0, what: [] as string[] };
      type Shift = PerformanceEntry & { value: number; sources: { node: Node | null }[] };
      const observer = new PerformanceObserver((entries) => {
        for (const { value, sources } of entries.getEntries() as Shift[]) {
          seen.sum += value;
          seen.what.push(`${value}: ${sources.map(({ node }) => node?.textContent?.slice(0, 80)).join(' | ')}`);
        }
      });
      observer.observe({ type: 'layout-shift', buffered: false });
      await new Promise((resolve) => setTimeout(resolve, span));
      observer.disconnect();
      return seen;
    }, spanMs);
  // 0.1 is what counts as good; the last digits of a figure that grows by one are a ten thousandth.
  const calm = async () => {
    const { sum, what } = await shiftsOf(4000);
    expect(sum, what.join('\n')).toBeLessThan(0.001);
  };
  // The toast of the begun upload goes away meanwhile.
  await expect(page.getByText('The upload has begun.')).toBeHidden();
  await calm();
  await openTransfer(page, 'tape.tar');
  await expect(page.getByRole('slider', { name: 'Map of the parts' })).toBeVisible();
  await page.waitForTimeout(1000);
  await calm();
});

test('with reduced motion nothing moves by itself', async ({ page, folder, opened: { box } }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  box.intercept(slowParts(300_000));
  await uploadFiles(page, writeRandom(join(folder, 'tape.tar'), 30 * 2 ** 20));
  await expect(rowOf(page, 'tape.tar')).toHaveAccessibleName(/Sending/, { timeout: 30_000 });
  const moving = () =>
    page.evaluate(() =>
      document
        .getAnimations()
        .filter((animation) => Number(animation.effect?.getComputedTiming().duration) > 0)
        .map((animation) => (animation.effect as KeyframeEffect).target?.className),
    );
  expect(await moving()).toEqual([]);
  await openTransfer(page, 'tape.tar');
  expect(await moving()).toEqual([]);
});

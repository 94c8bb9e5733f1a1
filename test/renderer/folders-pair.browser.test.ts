import { beforeEach, expect, test, vi } from 'vitest';
import { text } from '../../renderer/text/text.svelte.ts';
import type { RulesPreview } from '../../shared/rules-preview.ts';
import { fakeShell, openApp, pairSummary } from './folders-fixture.ts';
import { showFolders } from './folders-page.ts';

beforeEach(() => text.choose('en'));

const nothing: RulesPreview = {
  mistakes: [],
  kept: { files: 10, bytes: 1000 },
  excluded: { entries: 0 },
  examples: [],
  complete: true,
};

async function show(commands: Parameters<typeof fakeShell>[0]) {
  const fake = fakeShell({ previewRulesOf: () => Promise.resolve(nothing), ...commands });
  fake.sendPairs([pairSummary()]);
  const app = await openApp(fake, '#/folders/1');
  return { fake, app, screen: await showFolders(app) };
}

test('rules are tried on the folder while they are typed: counts, examples with their rule, mistakes by line', async () => {
  const previewRulesOf = vi.fn(({ rules }: { rules: string }) =>
    Promise.resolve(
      rules === ''
        ? nothing
        : {
            ...nothing,
            mistakes: [{ line: 2, message: 'the bracket is never closed' }],
            excluded: { entries: 1 },
            examples: [{ path: 'build', rule: 'build/' }],
            complete: false,
          },
    ),
  );
  const { screen } = await show({ previewRulesOf });
  const outcome = screen.getByRole('region', { name: 'What these rules leave out' });
  await expect.element(outcome).toMatchTextContent('Nothing is left out. 10 files (1.0 kB) stay in.');
  const asked = previewRulesOf.mock.calls.length;
  const editor = screen.getByRole('textbox', { name: 'Ignore rules' });
  await editor.fill('build/\n');
  await editor.fill('build/\n[a');
  await expect.element(outcome).toMatchTextContent('1 file or folder is left out.');
  await expect.element(outcome).toMatchTextContent('build by build/');
  await expect.element(outcome).toMatchTextContent('read in two seconds');
  await expect.element(screen.getByText(/the bracket is never closed/)).toMatchTextContent('Line 2:');
  await expect.element(editor).toHaveAttribute('aria-invalid', 'true');
  // Two changes within the quiet time are one question.
  expect(previewRulesOf.mock.calls.length).toBe(asked + 1);
  expect(previewRulesOf).toHaveBeenLastCalledWith({ of: { pairId: 1 }, rules: 'build/\n[a', useBuiltInRules: true });
});

test('a refused look at rules that nobody waits for any more is not shown', async () => {
  const first = Promise.withResolvers<RulesPreview>();
  let calls = 0;
  const { screen } = await show({
    previewRulesOf: () =>
      (calls += 1) === 1 ? first.promise : Promise.resolve({ ...nothing, excluded: { entries: 3 } }),
  });
  await expect.poll(() => calls).toBe(1);
  await screen.getByRole('textbox', { name: 'Ignore rules' }).fill('*.tmp');
  await expect.poll(() => calls).toBe(2);
  first.reject(new Error('A later look ended this one.'));
  await expect.element(screen.getByText('3 files and folders are left out.')).toBeVisible();
  await expect.element(screen.getByText('A later look ended this one.')).not.toBeInTheDocument();
});

test('only what was changed is saved, and what cannot be taken is said', async () => {
  const setPair = vi.fn(() => Promise.resolve({}));
  const { screen } = await show({ setPair });
  const save = screen.getByRole('button', { name: 'Save', exact: true });
  await expect.element(save).toBeDisabled();
  await screen.getByRole('radio', { name: 'It goes to the trash of Box' }).click();
  const settle = screen.getByRole('textbox', { name: 'Wait until a file is quiet for' });
  await settle.fill('soon');
  await expect.element(screen.getByText('Give a number of seconds from 0 to 3,600.')).toBeVisible();
  await expect.element(save).toBeDisabled();
  await settle.fill('0.5');
  await screen.getByRole('textbox', { name: 'Read quiet files again every' }).fill('30');
  await save.click();
  expect(setPair).toHaveBeenCalledWith({ pairId: 1, options: { deletions: 'trash', settleMs: 500 } });
  await expect.element(screen.getByText('Saved. It takes effect at once.')).toBeVisible();
  await expect.element(save).toBeDisabled();
  await expect.element(settle).toHaveValue('0.5');
  await expect.element(screen.getByRole('radio', { name: 'It goes to the trash of Box' })).toBeChecked();
});

test('a change from elsewhere shows, beside what is being changed here', async () => {
  const { screen, fake } = await show({});
  await screen.getByRole('radio', { name: 'Leave theirs' }).click();
  const { options } = pairSummary();
  fake.sendPairs([pairSummary({ options: { ...options, removedOnBox: 'upload' } })]);
  await expect.element(screen.getByRole('radio', { name: 'Upload it again' })).toBeChecked();
  await expect.element(screen.getByRole('radio', { name: 'Leave theirs' })).toBeChecked();
  await screen.getByRole('button', { name: 'Discard' }).click();
  await expect.element(screen.getByRole('radio', { name: 'Keep both and ask' })).toBeChecked();
});

test('leaving with unsaved changes asks: stay, discard, or save', async () => {
  const setPair = vi.fn(() => Promise.resolve({}));
  const { screen, app } = await show({ setPair });
  const back = screen.getByRole('link', { name: 'All folders' });
  const trash = screen.getByRole('radio', { name: 'It goes to the trash of Box' });
  await trash.click();
  await back.click();
  const dialog = screen.getByRole('dialog', { name: 'Leave without saving?' });
  await dialog.getByRole('button', { name: 'Stay' }).click();
  await expect.element(dialog).not.toBeInTheDocument();
  expect(location.hash).toBe('#/folders/1');
  await expect.element(trash).toBeChecked();

  await back.click();
  await dialog.getByRole('button', { name: 'Save and leave' }).click();
  await expect.element(screen.getByRole('article', { name: '/home/ann/Documents' })).toBeVisible();
  expect(setPair).toHaveBeenCalledOnce();

  app.router.go('folders', '1');
  await screen.getByRole('radio', { name: 'Leave theirs' }).click();
  await back.click();
  await dialog.getByRole('button', { name: 'Discard and leave' }).click();
  await expect.element(screen.getByRole('article', { name: '/home/ann/Documents' })).toBeVisible();
  expect(setPair).toHaveBeenCalledOnce();
  await expect.poll(() => app.router.guard).toBeNull();
});

test('a pair that is gone is said to be gone', async () => {
  const { screen, fake } = await show({});
  fake.sendPairs([]);
  await expect.element(screen.getByRole('heading', { name: 'This pair is no longer there' })).toBeVisible();
});

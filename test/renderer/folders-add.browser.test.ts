import { beforeEach, expect, test, vi } from 'vitest';
import { userEvent } from 'vitest/browser';
import { text } from '../../renderer/text/text.svelte.ts';
import { CallError } from '../../shared/call-error.ts';
import type { Preview } from '../../shared/pair-model.ts';
import { fakeFolders, fakeShell, openApp, pairSummary, preview } from './folders-fixture.ts';
import { showFolders } from './folders-page.ts';

beforeEach(() => text.choose('en'));

async function show(commands: Parameters<typeof fakeShell>[0], shell: Parameters<typeof fakeShell>[1] = {}) {
  const folders = fakeFolders();
  const fake = fakeShell({ ...folders.commands, ...commands }, shell);
  fake.sendPairs([pairSummary()]);
  const app = await openApp(fake, '#/folders/new');
  const screen = await showFolders(app);
  const next = screen.getByRole('button', { name: 'Next' });
  return { folders, screen, next };
}

type Shown = Awaited<ReturnType<typeof show>>;

async function toPreview({ screen, next }: Shown) {
  await screen.getByRole('button', { name: 'Pictures' }).click();
  await expect.element(screen.getByText('/home/ann/Pictures').last()).toBeVisible();
  await next.click();
  await screen.getByRole('button', { name: 'Private' }).click();
  await expect.element(screen.getByText('Box: /Private')).toBeVisible();
  await next.click();
  await expect.element(screen.getByRole('heading', { name: 'Preview and start' })).toBeVisible();
}

test('by the keyboard alone: from the folder here over the one on Box to the start', async () => {
  const addPairPlace = vi.fn(() => Promise.resolve({ pairId: 2 }));
  const previewPlace = vi.fn(() => Promise.resolve(preview()));
  const { screen, folders } = await show({ addPairPlace, previewPlace });
  const focused = () => document.activeElement?.textContent.trim();
  const tabTo = async (name: string) => {
    for (let presses = 0; focused() !== name && presses < 40; presses += 1) await userEvent.keyboard('{Tab}');
    expect(focused()).toBe(name);
  };
  await expect.element(screen.getByRole('button', { name: 'Documents' })).toBeVisible();
  await tabTo('Documents');
  await userEvent.keyboard('{ArrowDown}');
  expect(focused()).toBe('Music');
  await userEvent.keyboard('p');
  expect(focused()).toBe('Pictures');
  await userEvent.keyboard('{Enter}');
  await expect.poll(focused).toBe('2023');
  await userEvent.keyboard('{End}{ArrowRight}');
  await expect.element(screen.getByText('There are no folders in this one.')).toBeVisible();
  // From an empty folder too it goes up, to where it came from.
  await userEvent.keyboard('{Backspace}');
  await expect.poll(focused).toBe('2024');
  await userEvent.keyboard('{Home}');
  expect(focused()).toBe('2023');
  await tabTo('Next');
  await userEvent.keyboard('{Enter}');
  await expect.poll(focused).toBe('Folder on Box');
  await expect.element(screen.getByRole('button', { name: 'Team' })).toBeVisible();
  await tabTo('New folder');
  await userEvent.keyboard('{Enter}');
  await expect.element(screen.getByRole('textbox', { name: 'Name of the new folder in All files' })).toHaveFocus();
  await userEvent.keyboard('Team{Enter}');
  await expect.element(screen.getByRole('alert')).toMatchTextContent('The name is already taken on Box: Team');
  await userEvent.keyboard('s{Enter}');
  await expect.element(screen.getByText('Box: /Teams')).toBeVisible();
  await tabTo('Next');
  await userEvent.keyboard('{Enter}');
  await expect.element(screen.getByText('97 files')).toBeVisible();
  await tabTo('Start');
  await userEvent.keyboard('{Enter}');
  await expect.element(screen.getByRole('heading', { name: 'Folders' })).toBeVisible();
  const place = folders.place('/home/ann/Pictures');
  const options = { deletions: 'keep', rules: '', useBuiltInRules: true };
  expect(previewPlace).toHaveBeenCalledExactlyOnceWith({ place, target: '/Teams', options });
  expect(addPairPlace).toHaveBeenCalledExactlyOnceWith({ place, target: '/Teams', options });
});

test('a folder of another pair is refused at its step, here and on Box', async () => {
  const { screen, next } = await show({});
  await expect.element(screen.getByText(/This lies around the folder of another pair/)).toBeVisible();
  await expect.element(next).toBeDisabled();
  await screen.getByRole('button', { name: 'Documents' }).click();
  await expect.element(screen.getByText(/This is the folder of a pair already/)).toBeVisible();
  await screen.getByRole('button', { name: 'Up one folder' }).click();
  await screen.getByRole('button', { name: 'Pictures' }).click();
  await expect.element(next).toBeEnabled();
  await next.click();
  await screen.getByRole('button', { name: 'Team' }).click();
  await expect.element(next).toBeEnabled();
  await screen.getByRole('button', { name: 'Documents' }).click();
  await expect.element(screen.getByText(/This is the folder of a pair already: \/Team\/Documents\./)).toBeVisible();
  await expect.element(next).toBeDisabled();
  await screen.getByRole('navigation', { name: 'Where you are' }).getByRole('button', { name: 'All files' }).click();
  await expect.element(screen.getByText('Box: /', { exact: true })).toBeVisible();
});

test('what the engine refuses at the start leads back to the step it belongs to', async () => {
  let refusal = '/Private on Box: Ask the owner of the folder for upload rights, or choose another folder.';
  const shown = await show({
    previewPlace: () => Promise.resolve(preview()),
    addPairPlace: () => Promise.reject(new CallError('refused', refusal)),
  });
  const { screen, next } = shown;
  await toPreview(shown);
  await screen.getByRole('button', { name: 'Start' }).click();
  await expect.element(screen.getByRole('heading', { name: 'Folder on Box' })).toBeVisible();
  await expect.element(screen.getByRole('alert')).toMatchTextContent('Ask the owner of the folder for upload rights');
  await next.click();
  refusal = '/home/ann/Pictures lies inside the folder of p1, /data. A file may belong to one pair only.';
  await screen.getByRole('button', { name: 'Start' }).click();
  await expect.element(screen.getByRole('heading', { name: 'Folder here' })).toBeVisible();
  await expect.element(screen.getByRole('alert')).toMatchTextContent('lies inside the folder of p1');
});

test('the preview is left without waiting, and a late answer to it is forgotten', async () => {
  const answers: PromiseWithResolvers<Preview>[] = [];
  const previewPlace = vi.fn(() => {
    const answer = Promise.withResolvers<Preview>();
    answers.push(answer);
    return answer.promise;
  });
  const shown = await show({ previewPlace });
  const { screen, next } = shown;
  await toPreview(shown);
  await expect.element(screen.getByText('Reading the folder and comparing it with Box', { exact: true })).toBeVisible();
  await screen.getByRole('button', { name: 'Back' }).click();
  await expect.element(screen.getByText('Box: /Private', { exact: true })).toBeVisible();
  await next.click();
  await expect.poll(() => answers.length).toBe(2);
  answers[1]!.resolve(preview({ toSend: { files: 2222, bytes: 1 } }));
  await expect.element(screen.getByText('2,222 files')).toBeVisible();
  answers[0]!.resolve(preview({ toSend: { files: 1111, bytes: 1 } }));
  // What follows a click is drawn after what the answer would have changed.
  await screen.getByRole('radio', { name: 'It goes to the trash of Box' }).click();
  await expect.element(screen.getByText('2,222 files')).toBeVisible();
  await expect.element(screen.getByText('1,111 files')).not.toBeInTheDocument();
});

test('the preview says what is left out and asked about, and is made anew when the rules change', async () => {
  const previewPlace = vi.fn(() =>
    Promise.resolve(
      preview({
        conflicts: { files: 1, paths: ['/home/ann/Pictures/a.jpg'] },
        ignored: { entries: 1, examples: [{ path: '/home/ann/Pictures/.DS_Store', rule: '.DS_Store' }] },
        names: {
          count: 6,
          findings: Array.from({ length: 6 }, (_, n) => ({
            path: `/home/ann/Pictures/trip${n} `,
            kind: 'refused',
            detail: 'ends with a space',
            proposal: `trip${n}`,
          })),
        },
        unreadable: [
          {
            path: '/home/ann/Pictures/locked',
            problem: { code: 'local.unreadable', operation: 'open', detail: 'EACCES', at: 0 },
          },
        ],
      }),
    ),
  );
  const shown = await show({
    previewPlace,
    previewRulesOf: () =>
      Promise.resolve({
        mistakes: [],
        kept: { files: 1, bytes: 1 },
        excluded: { entries: 0 },
        examples: [],
        complete: true,
      }),
  });
  const { screen } = shown;
  await toPreview(shown);
  await expect.element(screen.getByText(/takes at least 24 s at the pace that Box allows/)).toBeVisible();
  const names = screen.getByRole('region', { name: 'Names that need you (6)' });
  await expect.element(names).toMatchTextContent('ends with a space; proposed: trip0');
  await expect.element(names).not.toMatchTextContent('trip5');
  await names.getByRole('button', { name: 'Show all 6' }).click();
  await expect.element(names).toMatchTextContent('trip5');
  const unreadable = screen.getByRole('region', { name: 'Cannot be read (1)' });
  await expect.element(unreadable).toMatchTextContent('locked The file cannot be read');
  await expect.element(screen.getByRole('region', { name: 'Left out by rules (1)' })).toMatchTextContent('.DS_Store');
  await screen.getByRole('radio', { name: 'Leave theirs' }).click();
  await expect.element(screen.getByText(/this is not what would happen now/)).toBeVisible();
  await screen.getByRole('button', { name: 'Look again' }).click();
  await expect.element(screen.getByText(/this is not what would happen now/)).not.toBeInTheDocument();
  expect(previewPlace).toHaveBeenCalledTimes(2);
  await screen.getByText('What is left out', { exact: true }).click();
  await screen.getByRole('textbox', { name: 'Ignore rules' }).fill('*.raw');
  await expect.element(screen.getByText(/this is not what would happen now/)).toBeVisible();
});

test("where the shell has the system's dialog, it chooses the folder", async () => {
  const folders = fakeFolders();
  const choose = vi.fn(() => {
    const path = '/home/ann/Pictures/2024';
    return Promise.resolve({ places: [{ path, place: folders.place(path) }] });
  });
  const { screen, next } = await show({ choose }, { nativeDialogs: true });
  await screen.getByRole('button', { name: 'Choose…' }).click();
  await expect.element(screen.getByText('/home/ann/Pictures/2024').last()).toBeVisible();
  await expect.element(next).toBeEnabled();
  expect(choose).toHaveBeenCalledWith({ what: 'folder' });
});

test('a folder that cannot be shown says why, and what was open stays chosen', async () => {
  const folders = fakeFolders();
  const { screen, next } = await show({
    browse: (args) =>
      args.place === folders.place('/home/ann/Music')
        ? Promise.reject(new CallError('problem', 'The file cannot be read'))
        : folders.commands.browse(args),
  });
  await screen.getByRole('button', { name: 'Pictures' }).click();
  await screen.getByRole('button', { name: 'Up one folder' }).click();
  await screen.getByRole('button', { name: 'Music' }).click();
  await expect
    .element(screen.getByRole('alert'))
    .toMatchTextContent('This folder cannot be shown: The file cannot be read');
  await screen.getByRole('button', { name: 'Try again' }).click();
  await expect.element(screen.getByRole('alert')).not.toBeInTheDocument();
  await expect.element(next).toBeDisabled();
});

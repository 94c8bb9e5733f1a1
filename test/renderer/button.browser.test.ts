import { createRawSnippet } from 'svelte';
import { expect, test, vi } from 'vitest';
import { render } from 'vitest-browser-svelte';
import Button from '../../renderer/components/Button.svelte';

test('a button says its word and is pressed by the keyboard', async () => {
  const onclick = vi.fn();
  const screen = await render(Button, {
    onclick,
    children: createRawSnippet(() => ({ render: () => '<span>Retry</span>' })),
  });
  const button = screen.getByRole('button', { name: 'Retry' });
  button.element().focus();
  await button.click();
  expect(onclick).toHaveBeenCalledOnce();
});

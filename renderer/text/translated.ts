/** A catalogue of another language: the same keys, texts as texts, and functions of the same arguments. */
export type Translated<T> = {
  [Key in keyof T]: T[Key] extends string
    ? string
    : T[Key] extends (...args: infer Args) => string
      ? (...args: Args) => string
      : Translated<T[Key]>;
};

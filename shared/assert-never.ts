/** The end of a switch over a closed union: the compiler refuses a case that is missing. */
export function assertNever(value: never): never {
  throw new Error(`unexpected ${JSON.stringify(value)}`);
}

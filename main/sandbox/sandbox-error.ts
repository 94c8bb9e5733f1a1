export type SandboxErrorCode = 'bad-option' | 'port-in-use' | 'root-in-use' | 'root-unusable';

/** Why the sandbox couldn't start. The message says what to do about it. */
export class SandboxError extends Error {
  readonly code: SandboxErrorCode;

  constructor(code: SandboxErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SandboxError';
    this.code = code;
  }
}

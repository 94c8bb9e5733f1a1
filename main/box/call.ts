/** What kind of thing a call touches: the same status means different things for a session, a part or a folder. */
export type CallArea =
  'item' | 'create-folder' | 'create-session' | 'session' | 'part' | 'commit' | 'upload' | 'account' | 'token';

/** Bytes of a request. `open` is called once for each try, so a call with a body can be repeated. */
export interface StreamedBody {
  contentType: string;
  sizeBytes: number;
  /** Bytes that are in memory already may come as they are; they don't change until the call has ended. */
  open(): AsyncIterable<Uint8Array> | Uint8Array;
  /** Bytes handed to the connection in this try so far. */
  onProgress?: ((sentBytes: number) => void) | undefined;
}

export type CallBody =
  { json: unknown } | { form: Readonly<Record<string, string | undefined>> } | { stream: StreamedBody };

/** One call to Box, as an operation describes it. */
export interface BoxCall {
  /** For errors and logs: `PUT part 7`, `create folder`. */
  operation: string;
  area: CallArea;
  /** The Box item or the name it is about, for errors. */
  item?: string | undefined;
  method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS';
  /** Absolute. Session URLs stand here exactly as Box gave them. */
  url: string;
  query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
  headers?: Readonly<Record<string, string | undefined>> | undefined;
  body?: CallBody | undefined;
  /** How the pacer counts it: Box's limit of 240 a minute is for direct uploads. */
  kind?: 'upload' | 'call' | undefined;
  /** `repeat`: doing it twice does no harm, so passing trouble is retried inside. `once`: the caller decides. */
  retry: 'repeat' | 'once';
  /** The time that Box asks for is waited for inside, however long; else a long one is thrown, and is the caller's to wait. */
  waitsAsAsked?: true | undefined;
  /** Throws the BoxError of a success whose body is not what Box sends: trouble like any other, and repeated like it. */
  accept?: ((answer: BoxAnswer) => void) | undefined;
  /** No token goes along, so that any https host will do: for addresses that are secrets themselves (the long poll's). */
  withoutToken?: true | undefined;
  /** How long the answer may take, instead of the usual time: a long poll is answered when something happens. */
  answerMs?: number | undefined;
  signal: AbortSignal;
}

export interface BoxAnswer {
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  /** Parsed JSON; undefined for an empty body. */
  body: unknown;
  /** Box took the request and is not done with it (202). */
  pending: boolean;
  retryAfterMs: number | undefined;
  requestId: string | undefined;
}

/** What every operation takes beside its arguments. */
export interface CallOptions {
  signal: AbortSignal;
  /** Sent with the call: `As-User`, `BoxApi`, … */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Which fields Box returns; without it those that Boxcar reads. */
  fields?: readonly string[] | undefined;
}

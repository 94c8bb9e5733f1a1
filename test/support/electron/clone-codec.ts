/** A value as text, for what structured cloning carries: both ends of a channel to a page have the same codec. */
export interface CloneCodec {
  /** @throws for what can't be cloned. */
  encode(value: unknown): string;
  decode(text: string): unknown;
}

/**
 * Makes the codec. Its own text is run in the page as well, so it refers to nothing outside itself.
 *
 * ipcRenderer.send: "Arguments will be serialized with the Structured Clone Algorithm … so prototype chains will not be included.
 * Sending Functions, Promises, Symbols, WeakMaps, or WeakSets will throw an exception."
 */
export function cloneCodec(): CloneCodec {
  const refuse = (value: unknown): never => {
    throw new Error(`An object could not be cloned: ${Object.prototype.toString.call(value)}`);
  };
  const pack = (value: unknown): unknown => {
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    if (typeof value === 'number') return Number.isFinite(value) ? value : { $: 'number', v: String(value) };
    if (value === undefined) return { $: 'undefined' };
    if (typeof value === 'bigint') return { $: 'bigint', v: String(value) };
    if (typeof value === 'function' || typeof value === 'symbol' || value instanceof Promise) return refuse(value);
    if (Array.isArray(value)) return value.map(pack);
    if (value instanceof Date) return { $: 'date', v: value.getTime() };
    if (value instanceof Error) return { $: 'error', v: value.message };
    if (value instanceof Map) return { $: 'map', v: pack([...value]) };
    if (value instanceof Set) return { $: 'set', v: pack([...value]) };
    if (value instanceof ArrayBuffer) return { $: 'buffer', v: [...new Uint8Array(value)] };
    if (ArrayBuffer.isView(value)) {
      return { $: 'bytes', v: [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)] };
    }
    if (typeof value === 'object' && Object.prototype.toString.call(value) === '[object Object]') {
      return { $: 'object', v: Object.entries(value).map(([key, one]) => [key, pack(one)]) };
    }
    return refuse(value);
  };
  const unpack = (packed: unknown): unknown => {
    if (packed === null || typeof packed !== 'object') return packed;
    if (Array.isArray(packed)) return packed.map(unpack);
    const { $: kind, v: value } = packed as { $: string; v: never };
    const entries = value as [string, unknown][];
    if (kind === 'object') return Object.fromEntries(entries.map(([key, one]) => [key, unpack(one)]));
    if (kind === 'number') return Number(value);
    if (kind === 'bigint') return BigInt(value);
    if (kind === 'date') return new Date(value);
    if (kind === 'error') return new Error(value);
    if (kind === 'map') return new Map(unpack(value) as [unknown, unknown][]);
    if (kind === 'set') return new Set(unpack(value) as unknown[]);
    if (kind === 'buffer') return Uint8Array.from(value as number[]).buffer;
    if (kind === 'bytes') return Uint8Array.from(value as number[]);
    return undefined;
  };
  return { encode: (value) => JSON.stringify(pack(value)), decode: (text) => unpack(JSON.parse(text)) };
}

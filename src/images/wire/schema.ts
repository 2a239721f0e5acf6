// SPDX-License-Identifier: LGPL-2.1-only

/** How a field's value is encoded; one letter each, as in the generated schema. */
export type FieldType = 'u' | 'i' | 's' | 'U' | 'I' | 'S' | 'f' | 'F' | 'b' | 't' | 'y' | 'm' | 'e';

export interface Field {
  readonly number: number;
  readonly label: 'required' | 'optional' | 'repeated';
  readonly type: FieldType;
  readonly name: string;
  /** Name of the message or enumeration, for types `m` and `e`. */
  readonly of: string;
  /** Number and wire type as they stand before each value. */
  readonly tag: number;
  /** The field's message, looked up when it is first met. */
  shape: Shape | undefined;
  /** Bytes of lists that were encoded, where they may come again. */
  readonly lists: Map<object, Uint8Array> | undefined;
}

/** One message type. */
export interface Shape {
  readonly name: string;
  /** In the order of their numbers, which is the order they are written in. */
  readonly fields: readonly Field[];
  readonly byNumber: ReadonlyMap<number, Field>;
  /** By tag, for the tags of one byte: nearly all there are. */
  readonly byTag: readonly (Field | undefined)[];
  /** Every field, undefined: copied for each message, which keeps all of them in V8's fast form. Made when the first is decoded. */
  blank: Readonly<Record<string, undefined>> | undefined;
  /** Names of the repeated fields. */
  readonly lists: readonly string[];
  /** Names of the required fields. */
  readonly needs: readonly string[];
  /** What has been decoded and encoded, where messages are shared. */
  readonly shared: Shared | undefined;
}

/** Messages of one type that occur many times. */
export interface Shared {
  /** By their bytes. */
  readonly decoded: Map<string, object>;
  /** Their bytes, with their length. */
  readonly encoded: Map<object, Uint8Array>;
}

/** Messages by name, each as text: `3?m:root_ids:task_kobj_ids_entry,…` — number, label, type, name, type's name. */
export type Schema = Readonly<Record<string, string>>;

const LABELS: Readonly<Record<string, Field['label']>> = { '!': 'required', '?': 'optional', '*': 'repeated' };
const FORM = /^(\d+)([!?*])(\w):(\w+)(?::([\w.]+))?$/;

/** Wire type of a field that stands alone. */
export function wireType(type: FieldType): number {
  if (type === 't' || type === 'y' || type === 'm') return 2;
  if (type === 'F') return 1;
  return type === 'f' ? 5 : 0;
}

/** Parses message types when they are first needed: most commands need a few of them. `shared`: those that occur many times. */
export function shapes(schema: Schema, shared: readonly string[]): (name: string) => Shape {
  const known = new Map<string, Shape>();
  return (name) => {
    let shape = known.get(name);
    if (shape === undefined) {
      shape = parse(name, schema[name], shared);
      known.set(name, shape);
    }
    return shape;
  };
}

function parse(name: string, text: string | undefined, shared: readonly string[]): Shape {
  if (text === undefined) throw new TypeError(`no message ${name}`);
  const sharing = shared.length > 0;
  const fields = partsOf(text).map(
    (part): Field => ({ ...part, shape: undefined, lists: sharing && part.label === 'repeated' ? new Map() : undefined }),
  );
  const byTag = new Array<Field | undefined>(128).fill(undefined);
  for (const field of fields) if (field.tag < 128) byTag[field.tag] = field;
  const labelled = (label: Field['label']): string[] =>
    fields.filter((field) => field.label === label).map((field) => field.name);
  return {
    name,
    fields,
    byNumber: new Map(fields.map((field) => [field.number, field])),
    byTag,
    blank: undefined,
    lists: labelled('repeated'),
    needs: labelled('required'),
    shared: shared.includes(name) ? { decoded: new Map(), encoded: new Map() } : undefined,
  };
}

/** An object that is filled key by key becomes a slow dictionary at a dozen keys; one that JSON.parse made does not. */
export function blankOf(fields: readonly Field[]): Record<string, undefined> {
  const blank = JSON.parse(`{${fields.map((field) => `"${field.name}":null`).join(',')}}`) as Record<string, undefined>;
  for (const { name } of fields) blank[name] = undefined;
  return blank;
}

type Part = Omit<Field, 'shape' | 'lists'>;

/** What was parsed: a dump that reads its images again has several codecs, of the same schema. */
const parsed = new Map<string, readonly Part[]>();

function partsOf(text: string): readonly Part[] {
  let parts = parsed.get(text);
  if (parts === undefined) {
    parts = text === '' ? [] : text.split(',').map(parseField);
    parsed.set(text, parts);
  }
  return parts;
}

function parseField(text: string): Part {
  const [, number, label, type, name, of] = FORM.exec(text) ?? [];
  if (number === undefined || label === undefined || name === undefined) throw new TypeError(`schema: ${text}`);
  const kind = type as FieldType;
  return {
    number: Number(number),
    label: LABELS[label] ?? 'optional',
    type: kind,
    name,
    of: of ?? '',
    tag: ((Number(number) << 3) | wireType(kind)) >>> 0,
  };
}

// SPDX-License-Identifier: GPL-2.0-only
// Writes src/images/generated from proto/criu and proto/stasis/manifest.proto: the messages as text that is parsed when first
// needed, their TypeScript types, and the enumerations. Why not pbjs's static module: 313 KB and 13 ms to load, where a whole
// dump of a small process takes some tens; the text is 15 KB.
import { readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

const PROTO = fileURLToPath(new URL('../proto/', import.meta.url));
const TARGET = new URL('../src/images/generated/', import.meta.url);
const HEAD = '// SPDX-License-Identifier: LGPL-2.1-only\n// Generated from proto/ by scripts/generate-images.ts: do not edit.\n';
const LETTERS: Readonly<Record<string, string>> = {
  uint32: 'u',
  int32: 'i',
  sint32: 's',
  uint64: 'U',
  int64: 'I',
  sint64: 'S',
  fixed32: 'f',
  fixed64: 'F',
  bool: 'b',
  string: 't',
  bytes: 'y',
};
const TYPES: Readonly<Record<string, string>> = {
  U: 'U64',
  I: 'U64',
  S: 'U64',
  F: 'U64',
  b: 'boolean',
  t: 'string',
  y: 'Uint8Array',
};

/** The content of each generated file, by name. */
export function generateImages(): Readonly<Record<string, string>> {
  const { types, enums } = load();
  return { 'schema.ts': schema(types), 'messages.ts': messages(types), 'enums.ts': enumerations(enums) };
}

function load(): { types: protobuf.Type[]; enums: protobuf.Enum[] } {
  const files = readdirSync(`${PROTO}criu`).map((name) => `criu/${name}`);
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => PROTO + target;
  root.loadSync([...files, 'stasis/manifest.proto'], { keepCase: true }).resolveAll();
  const items = ['criu', 'stasis'].flatMap((name) => (root.lookup(name) as protobuf.Namespace).nestedArray);
  const types = items.filter((item) => item instanceof protobuf.Type).sort(byName);
  const enums = [...items, ...types.flatMap((type) => type.nestedArray)].filter((item) => item instanceof protobuf.Enum);
  return { types, enums: enums.sort(byName) };
}

function byName(a: protobuf.ReflectionObject, b: protobuf.ReflectionObject): number {
  return enumName(a) < enumName(b) ? -1 : 1;
}

/** `core_entry.march` for an enumeration inside a message. */
function enumName(item: protobuf.ReflectionObject): string {
  return item.parent instanceof protobuf.Type ? `${item.parent.name}.${item.name}` : item.name;
}

function letter(field: protobuf.Field): string {
  if (field.resolvedType instanceof protobuf.Enum) return 'e';
  return field.resolvedType ? 'm' : (LETTERS[field.type] ?? unsupported(field));
}

function unsupported(field: protobuf.Field): never {
  throw new Error(`${field.fullName}: type ${field.type} is not supported`);
}

function label(field: protobuf.Field): string {
  return field.repeated ? '*' : field.required ? '!' : '?';
}

function sorted(type: protobuf.Type): protobuf.Field[] {
  return [...type.fieldsArray].sort((a, b) => a.id - b.id);
}

function schema(types: protobuf.Type[]): string {
  const rows = types.map((type) => {
    const fields = sorted(type).map((field) => {
      const of = field.resolvedType ? `:${enumName(field.resolvedType)}` : '';
      return `${field.id}${label(field)}${letter(field)}:${field.name}${of}`;
    });
    return `  ${type.name}: '${fields.join(',')}',`;
  });
  return `${HEAD}import type { Schema } from '../wire/schema.js';\n\nexport const SCHEMA = {\n${rows.join('\n')}\n} satisfies Schema;\n`;
}

function pascal(name: string): string {
  return name
    .split(/[_.]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

function fieldType(field: protobuf.Field): string {
  const one = field.resolvedType ? pascal(enumName(field.resolvedType)) : (TYPES[letter(field)] ?? 'number');
  if (field.repeated) return `: ${one}[]`;
  return field.required ? `: ${one}` : `?: ${one} | undefined`;
}

function messages(types: protobuf.Type[]): string {
  const enums = new Set(
    types.flatMap((type) => type.fieldsArray.map((field) => field.resolvedType)).filter((item) => item instanceof protobuf.Enum),
  );
  const imports = [...enums].map((item) => pascal(enumName(item))).sort();
  const interfaces = types.map((type) => {
    const rows = sorted(type).map((field) => `  ${field.name}${fieldType(field)};`);
    return rows.length === 0
      ? `export type ${pascal(type.name)} = Record<string, never>;\n`
      : `export interface ${pascal(type.name)} {\n${rows.join('\n')}\n}\n`;
  });
  const map = types.map((type) => `  ${type.name}: ${pascal(type.name)};`);
  return [
    `${HEAD}import type { U64 } from '../wire/u64.js';\nimport type { ${imports.join(', ')} } from './enums.js';\n`,
    ...interfaces,
    `/** Message types by the name they have in proto/. */\nexport interface Messages {\n${map.join('\n')}\n}\n`,
  ].join('\n');
}

function enumerations(enums: protobuf.Enum[]): string {
  const parts = enums.map((item) => {
    const rows = Object.entries(item.values).map(([name, value]) => `  ${name}: ${value},`);
    const name = pascal(enumName(item));
    return `export const ${name} = {\n${rows.join('\n')}\n} as const;\nexport type ${name} = number;\n`;
  });
  const map = enums.map((item) => `  '${enumName(item)}': ${pascal(enumName(item))},`.replace(/'(\w+)':/, '$1:'));
  parts.push(
    `/** Enumerations by the name they have in proto/. */\nexport const ENUMS: Readonly<Record<string, Readonly<Record<string, number>>>> = {\n${map.join('\n')}\n};\n`,
  );
  return `${HEAD}\n${parts.join('\n')}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, content] of Object.entries(generateImages())) writeFileSync(new URL(name, TARGET), content);
}

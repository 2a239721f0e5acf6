// SPDX-License-Identifier: GPL-2.0-only

const NOT_FOUND = /^Cannot find module /;
/** The package of this machine among all that napi's loader has looked for. */
const SOUGHT = /'(@[^/']+\/[^/']+-(linux-[^/']+))'/;

/**
 * Why there is no native part, as an error of its own kind (src/errors/from-native.ts). `thrown`: by napi's loader, whose
 * chain of causes has an error for each place where it looked. `packages`: those that were released with this version; none
 * in a checkout.
 */
export function lack(thrown: unknown, packages: readonly string[], version: string): Error {
  const [, ...messages] = [...causes(thrown)].map(({ message }) => message.split('\n')[0] ?? '');
  const broken = messages.find((message) => !NOT_FOUND.test(message));
  if (broken) return failure(broken, 'build it on this machine, from the sources: npm ci && npm run build');
  const sought = messages.map((message) => SOUGHT.exec(message)).find(Boolean);
  const [, name = '', machine = `${process.platform}-${process.arch}`] = sought ?? [];
  if (packages.length === 0) return failure(`it has not been built for ${machine}`, 'run `npm run build`');
  if (packages.includes(name)) {
    const why = 'npm leaves it out with --omit=optional, and where its lock file is of another machine';
    return failure(`the package ${name} is not installed`, `npm install ${name}@${version}; ${why}`);
  }
  const made = packages.map((known) => known.replace(/^.*-(?=linux-)/, '')).join(', ');
  return failure(`there is none for ${machine}`, `there are packages for ${made}; for others build it from the sources`);
}

/** Packages that do not belong together. */
export function otherVersion(found: string, version: string): Error {
  return failure(
    `it is of version ${found}, the rest of ${version}`,
    `install all of it anew: npm install @stasis-cr/stasis@${version}`,
  );
}

function failure(detail: string, hint: string): Error {
  const object = 'the native part of stasis';
  return new Error(JSON.stringify({ stage: 'load-addon', kind: 'unsupported', operation: 'load', object, detail, hint }));
}

function* causes(thrown: unknown): Generator<Error> {
  for (let error = thrown; error instanceof Error; error = error.cause) yield error;
}

// SPDX-License-Identifier: GPL-2.0-only
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dump } from '../../src/index.js';
import { launch } from '../harness/launch.js';
import { needing } from '../harness/needs.js';
import { BIN, outcomeOf } from '../harness/stasis.js';
import { buildPrograms, commandOf } from '../programs/build.js';
import { programs } from '../programs/catalogue.js';
import { anyLeft, killTree, processesBelow, until } from './lib/processes.js';
import { scratch } from './lib/scratch.js';

/** Tables that are nearly full, restored by who may not have more descriptors than they have. */
const test = needing({ root: true, programs: ['setpriv', 'prlimit'] });
const HARD = 2000;

const RESTORER = ['prlimit', `--nofile=${HARD}:${HARD}`, 'setpriv', '--bounding-set=-sys_resource', '--inh-caps=-sys_resource'];

for (const processes of [1, 3]) {
  test(`descriptors of all kinds up to the hard limit, ${processes === 1 ? 'of one process' : `of each of ${processes}`}`, async (t) => {
    const many = programs.filter(({ source }) => source === 'files/many.c').slice(0, 1);
    await buildPrograms(many);
    const folder = scratch(t);
    const [file] = many.flatMap(commandOf);
    const reports = Array.from({ length: processes }, (_, i) => join(folder, `r${i}`));
    for (const report of reports) writeFileSync(report, '');
    const each = reports.map((report) => `${file} ${report} mixed 1000000 &`).join(' ');
    const pid = launch(['prlimit', `--nofile=${HARD}:${HARD}`, '/bin/sh', '-c', `${each} wait; wait`]);
    t.teardown(() => killTree(pid));
    const says = (line: string) => () => reports.every((report) => readFileSync(report, 'utf8').trimEnd().endsWith(line));
    await until('all are ready', says('ready'), 60);

    const images = join(folder, 'images');
    const tree = processesBelow(pid);
    await dump({ pid, imagesDir: images });
    t.is(await anyLeft(tree), undefined);
    const [program = '', ...args] = [...RESTORER, BIN, 'restore', '-D', images, '--detach'];
    const { code, stderr } = await outcomeOf(program, ...args);
    t.is(code, 0, stderr);
    for (const report of reports) writeFileSync(`${report}.go-1`, '');
    await until('all prove what they had', says('ok 1'), 60).catch(() => undefined);
    for (const report of reports) t.is(readFileSync(report, 'utf8'), 'ready\nok 1\n');
    for (const report of reports) writeFileSync(`${report}.end`, '');
    await until('all have ended', () => !existsSync(`/proc/${pid}`), 60);
  });
}

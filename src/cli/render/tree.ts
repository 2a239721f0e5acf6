// SPDX-License-Identifier: GPL-2.0-only
interface Member {
  readonly pid: number;
  readonly ppid: number;
}

/** Tasks as a tree, children below their parents, each with the lines that lead to it: `│ ├─ `. `root` comes first. */
export function branches<T extends Member>(tasks: readonly T[], root: number): { readonly task: T; readonly lead: string }[] {
  const children = new Map<number, T[]>();
  for (const task of tasks) {
    if (task.pid === root) continue;
    // Whoever has no parent in the tree hangs on its root.
    const parent = tasks.some(({ pid }) => pid === task.ppid) ? task.ppid : root;
    children.set(parent, [...(children.get(parent) ?? []), task]);
  }
  const first = tasks.find(({ pid }) => pid === root);
  return first ? [{ task: first, lead: '' }, ...below(root, '', children)] : [];
}

function below<T extends Member>(pid: number, indent: string, children: ReadonlyMap<number, T[]>): { task: T; lead: string }[] {
  const here = children.get(pid) ?? [];
  return here.flatMap((task, i) => {
    const last = i === here.length - 1;
    const further = below(task.pid, `${indent}${last ? '   ' : '│  '}`, children);
    return [{ task, lead: `${indent}${last ? '└─ ' : '├─ '}` }, ...further];
  });
}

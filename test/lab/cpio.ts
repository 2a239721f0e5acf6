// SPDX-License-Identifier: GPL-2.0-only

/** An archive as the kernel takes it for an initial ramdisk (Documentation/driver-api/early-userspace/buffer-format.rst). */
export class Cpio {
  readonly #parts: Buffer[] = [];
  #inode = 1;

  folder(name: string): void {
    this.#entry(name, 0o040755, Buffer.alloc(0));
  }

  file(name: string, mode: number, content: Buffer): void {
    this.#entry(name, 0o100000 | mode, content);
  }

  /** The whole archive; nothing can be added any more. */
  end(): Buffer {
    this.#entry('TRAILER!!!', 0, Buffer.alloc(0));
    return Buffer.concat(this.#parts);
  }

  #entry(name: string, mode: number, content: Buffer): void {
    const fields = [this.#inode++, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length + 1, 0];
    const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`;
    this.#parts.push(padded(Buffer.from(header)), padded(content));
  }
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}

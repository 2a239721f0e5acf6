// SPDX-License-Identifier: GPL-2.0-only
import type { Refusal } from '../facts/generated.js';
import type { Facts } from '../facts/tree.js';
import type { ImageSet } from '../images/image-set.js';
import type { PageJobs } from '../pages/jobs.js';

/**
 * What one resource kind does in a dump. All of it is pure: facts in, images out; nothing here touches the host.
 */
export interface DumpSubsystem {
  /** Folder under src/subsystems. */
  readonly name: string;
  /**
   * State that cannot be dumped, found in the survey alone (`facts.inner` is empty): the tree is frozen, no task
   * has been touched otherwise. Must be quick; anything the native side refuses already is not repeated here.
   */
  refuse?(facts: Facts): Iterable<Refusal>;
  /** The same of what the tasks have told of themselves (`facts.inner`). */
  refuseInner?(facts: Facts): Iterable<Refusal>;
  /** Bytes that go to files of their own while the tree is frozen (shared memory, ghost files). Names are decided here. */
  pages?(facts: Facts, jobs: PageJobs): void;
  /** Facts to images. The tree runs again, or is about to be killed. */
  translate(facts: Facts, images: ImageSet): void;
}

import fs from 'node:fs';
import { NodeFS } from '@electric-sql/pglite/nodefs';

/** How many syncs reached the operating system, by kind. Grows only. */
export interface SyncCounts {
  wal: number;
  files: number;
  directories: number;
}

interface FsNode {
  name: string;
}
interface FsStream {
  node: FsNode;
  /** Absent for a directory. */
  nfd?: number;
}
interface NodeFsOps {
  realPath(node: FsNode): string;
  tryFSOperation<T>(operation: () => T): T;
  stream_ops: { fsync?: (stream: FsStream) => number };
  node_ops: { rename(oldNode: FsNode, newDir: FsNode, newName: string): void };
}
interface EmscriptenFs {
  filesystems: { NODEFS: NodeFsOps };
  lookupNode(parent: FsNode, name: string): FsNode;
  destroyNode(node: FsNode): void;
}
interface Hooks {
  preRun: ((module: { FS: EmscriptenFs }) => void)[];
  printErr: (line: string) => void;
}

/**
 * `log_line_prefix` must be empty: Postgres then starts only its own messages in the first column and indents
 * every continued line with a tab, so text of a user that is quoted in a log line can never look like a PANIC.
 */
const FATAL_LINE = /^(PANIC: |Aborted\()/;

/**
 * PGlite's directory on disk, made as durable as Postgres expects it to be (PGlite 0.5.8; check both at upgrades):
 *
 * - Emscripten's `fsync` calls `stream_ops.fsync` when there is one and is a silent success otherwise; NODEFS has
 *   none. With it the write-ahead rules of Postgres are real. `fdatasync` has no such hook at all, so the server
 *   must run with `wal_sync_method=fsync`.
 * - NODEFS renames by unlinking the target first; a power cut in between loses the file. Here it is one rename.
 * - After a PANIC the wasm build goes on and acknowledges commits that were never written. So the first failed
 *   sync, and any PANIC, calls `die`, which must not return.
 */
export class DurableNodeFS extends NodeFS {
  readonly counts: SyncCounts = { wal: 0, files: 0, directories: 0 };
  readonly #die: (sentence: string) => never;

  constructor(dataDir: string, die: (sentence: string) => never) {
    super(dataDir);
    this.#die = die;
  }

  override async init(...args: Parameters<NodeFS['init']>): ReturnType<NodeFS['init']> {
    const result = await super.init(...args);
    const hooks = result.emscriptenOpts as unknown as Hooks;
    hooks.preRun.push(({ FS }) => {
      const ops = FS.filesystems.NODEFS;
      ops.stream_ops.fsync = (stream) => this.#sync(ops, stream);
      ops.node_ops.rename = (oldNode, newDir, newName) => renameAtomically(FS, oldNode, newDir, newName);
    });
    const printErr = hooks.printErr;
    hooks.printErr = (line) => {
      if (FATAL_LINE.test(line)) this.#die(line);
      printErr(line);
    };
    return result;
  }

  #sync(ops: NodeFsOps, stream: FsStream): number {
    const path = ops.realPath(stream.node);
    try {
      if (stream.nfd === undefined) {
        syncDirectory(path);
        this.counts.directories++;
      } else {
        fs.fdatasyncSync(stream.nfd);
        if (path.includes('/pg_wal/')) this.counts.wal++;
        else this.counts.files++;
      }
      return 0;
    } catch (error) {
      return this.#die(`a sync failed: ${error instanceof Error ? error.message : 'unknown error'}`);
    }
  }
}

function syncDirectory(path: string): void {
  const fd = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function renameAtomically(FS: EmscriptenFs, oldNode: FsNode, newDir: FsNode, newName: string): void {
  const ops = FS.filesystems.NODEFS;
  const replaced = lookup(FS, newDir, newName);
  ops.tryFSOperation(() => fs.renameSync(ops.realPath(oldNode), `${ops.realPath(newDir)}/${newName}`));
  if (replaced) FS.destroyNode(replaced);
  oldNode.name = newName;
}

function lookup(FS: EmscriptenFs, directory: FsNode, name: string): FsNode | undefined {
  try {
    return FS.lookupNode(directory, name);
  } catch {
    return undefined;
  }
}

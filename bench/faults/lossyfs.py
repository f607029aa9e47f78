#!/usr/bin/python3
"""A file system that can lose power.

    lossyfs.py BACKING MOUNTPOINT [--torn P] [--seed N]

Shows the directory BACKING at MOUNTPOINT. What is written to a file stays in the memory of this process until the
file is synced (fsync, fdatasync, or a handle opened with O_SYNC or O_DSYNC); only then it reaches BACKING. SIGUSR1 is
the power cut: at that moment everything unsynced is forgotten, and every later call fails with EIO. With --torn each
unsynced sector of 512 bytes reaches BACKING all the same with probability P, in no order, as on a real disk with a
cache. Mount BACKING again to see what a machine would find after the power is back.

Only data is lost. Creating, renaming, removing and truncating take effect at once, which is kinder than a disk.

Writes one line of JSON to standard output when it is mounted, {"mounted": true}, and one after the cut:
{"lostSectors": n, "keptSectors": n, "syncs": n}. Needs root and, on Debian, the packages python3-fusepy and fuse3.
"""
import argparse
import errno
import json
import os
import random
import signal
import threading

try:
    from fusepy import FUSE, FuseOSError, Operations
except ImportError:
    from fuse import FUSE, FuseOSError, Operations

SECTOR = 512
STAT_FIELDS = ("st_atime", "st_ctime", "st_gid", "st_ino", "st_mode", "st_mtime", "st_nlink", "st_size", "st_uid")
STATVFS_FIELDS = ("f_bavail", "f_bfree", "f_blocks", "f_bsize", "f_favail", "f_ffree", "f_files", "f_flag",
                  "f_frsize", "f_namemax")
NOT_PASSED_ON = os.O_ACCMODE | os.O_APPEND | os.O_DSYNC | os.O_SYNC | os.O_DIRECT | os.O_TRUNC | os.O_EXCL | os.O_CREAT


def say(fields):
    os.write(1, (json.dumps(fields) + "\n").encode())


class Unsynced:
    """What was written to one file since its last sync: its sectors by number, and how long it is with them."""

    def __init__(self, size):
        self.sectors = {}
        self.size = size


class Handle:
    def __init__(self, fd, synced):
        self.fd = fd
        self.inode = os.fstat(fd).st_ino
        self.synced = synced


class LossyFs(Operations):
    def __init__(self, backing, torn, seed):
        self.backing = backing
        self.torn = torn
        self.random = random.Random(seed)
        self.mutex = threading.RLock()
        self.dead = False
        self.syncs = 0
        self.unsynced = {}  # inode -> Unsynced
        self.handles = {}   # number -> Handle
        self.next_handle = 1

    def __call__(self, op, path, *args):
        with self.mutex:
            if self.dead and op not in ("release", "releasedir", "destroy"):
                raise FuseOSError(errno.EIO)
            try:
                return getattr(self, op)(path, *args)
            except FuseOSError:
                raise
            except OSError as error:
                raise FuseOSError(error.errno or errno.EIO)

    def init(self, _path):
        say({"mounted": True})

    # The power cut.

    def watch_for_cut(self):
        signal.sigwait({signal.SIGUSR1})
        with self.mutex:
            self.dead = True
            lost = kept = 0
            for inode, unsynced in self.unsynced.items():
                for number, data in unsynced.sectors.items():
                    if self.random.random() < self.torn and self.keep(inode, number, data):
                        kept += 1
                    else:
                        lost += 1
            self.unsynced.clear()
            say({"lostSectors": lost, "keptSectors": kept, "syncs": self.syncs})

    def keep(self, inode, number, data):
        for handle in self.handles.values():
            if handle.inode == inode:
                os.pwrite(handle.fd, data, number * SECTOR)
                return True
        return False

    # Data.

    def read(self, _path, length, offset, number):
        handle = self.handles[number]
        unsynced = self.unsynced.get(handle.inode)
        if unsynced is None:
            return os.pread(handle.fd, length, offset)
        length = max(0, min(length, unsynced.size - offset))
        data = bytearray(os.pread(handle.fd, length, offset).ljust(length, b"\0"))
        for sector in range(offset // SECTOR, (offset + length + SECTOR - 1) // SECTOR):
            written = unsynced.sectors.get(sector)
            if written is None:
                continue
            begin, end = max(offset, sector * SECTOR), min(offset + length, (sector + 1) * SECTOR)
            data[begin - offset:end - offset] = written[begin - sector * SECTOR:end - sector * SECTOR]
        return bytes(data)

    def write(self, path, data, offset, number):
        handle = self.handles[number]
        unsynced = self.of(handle)
        at = 0
        while at < len(data):
            sector, within = divmod(offset + at, SECTOR)
            count = min(SECTOR - within, len(data) - at)
            if sector not in unsynced.sectors:
                old = b"" if count == SECTOR else os.pread(handle.fd, SECTOR, sector * SECTOR)
                unsynced.sectors[sector] = bytearray(old.ljust(SECTOR, b"\0"))
            unsynced.sectors[sector][within:within + count] = data[at:at + count]
            at += count
        unsynced.size = max(unsynced.size, offset + len(data))
        if handle.synced:
            self.fsync(path, True, number)
        return len(data)

    def fsync(self, _path, _datasync, number):
        self.syncs += 1
        handle = self.handles[number]
        unsynced = self.unsynced.pop(handle.inode, None)
        if unsynced is None:
            return
        for sector, data in unsynced.sectors.items():
            os.pwrite(handle.fd, data, sector * SECTOR)
        os.ftruncate(handle.fd, unsynced.size)

    def fsyncdir(self, _path, _datasync, _number):
        self.syncs += 1

    def truncate(self, path, length, _number=None):
        os.truncate(self.real(path), length)
        unsynced = self.unsynced.get(os.lstat(self.real(path)).st_ino)
        if unsynced is None:
            return
        unsynced.size = length
        for sector in [s for s in unsynced.sectors if s * SECTOR >= length]:
            del unsynced.sectors[sector]
        last, within = divmod(length, SECTOR)
        if last in unsynced.sectors:
            unsynced.sectors[last][within:] = bytes(SECTOR - within)

    def of(self, handle):
        if handle.inode not in self.unsynced:
            self.unsynced[handle.inode] = Unsynced(os.fstat(handle.fd).st_size)
        return self.unsynced[handle.inode]

    # Handles.

    def open(self, path, flags):
        real = self.real(path)
        if flags & os.O_TRUNC:
            self.truncate(path, 0)
        mode = os.O_RDWR if os.access(real, os.W_OK) else os.O_RDONLY
        return self.keep_handle(os.open(real, (flags & ~NOT_PASSED_ON) | mode), bool(flags & os.O_DSYNC))

    def create(self, path, mode, _fi=None):
        return self.keep_handle(os.open(self.real(path), os.O_RDWR | os.O_CREAT, mode), False)

    def keep_handle(self, fd, synced):
        number = self.next_handle
        self.next_handle += 1
        self.handles[number] = Handle(fd, synced)
        return number

    def release(self, _path, number):
        handle = self.handles.pop(number)
        if os.fstat(handle.fd).st_nlink == 0 and not self.is_open(handle.inode):
            self.unsynced.pop(handle.inode, None)
        # A closed file keeps what is unsynced; a handle kept open stands for it, so that a cut can tear it too.
        if handle.inode in self.unsynced and not self.is_open(handle.inode):
            self.handles[-number] = handle
        else:
            os.close(handle.fd)

    def is_open(self, inode):
        return any(handle.inode == inode for handle in self.handles.values())

    def flush(self, _path, _number):
        pass

    # Names and attributes, passed on.

    def real(self, path):
        return self.backing + path

    def getattr(self, path, _number=None):
        stat = os.lstat(self.real(path))
        fields = {name: getattr(stat, name) for name in STAT_FIELDS}
        if stat.st_ino in self.unsynced:
            fields["st_size"] = self.unsynced[stat.st_ino].size
        return fields

    def readdir(self, path, _number):
        return [".", "..", *os.listdir(self.real(path))]

    def statfs(self, path):
        stat = os.statvfs(self.real(path))
        return {name: getattr(stat, name) for name in STATVFS_FIELDS}

    def unlink(self, path):
        stat = os.lstat(self.real(path))
        os.unlink(self.real(path))
        if stat.st_nlink == 1:
            self.forget(stat.st_ino)

    def rename(self, old, new):
        try:
            replaced = os.lstat(self.real(new)).st_ino
        except FileNotFoundError:
            replaced = None
        os.rename(self.real(old), self.real(new))
        if replaced is not None:
            self.forget(replaced)

    def forget(self, inode):
        """The number of a removed file may be given to a new one, which must not inherit its data."""
        for number in [n for n, handle in self.handles.items() if n < 0 and handle.inode == inode]:
            os.close(self.handles.pop(number).fd)
        if not self.is_open(inode):
            self.unsynced.pop(inode, None)

    def access(self, _path, _mode):
        pass

    def mkdir(self, path, mode):
        os.mkdir(self.real(path), mode)

    def rmdir(self, path):
        os.rmdir(self.real(path))

    def mknod(self, path, mode, device):
        os.mknod(self.real(path), mode, device)

    def symlink(self, path, target):
        os.symlink(target, self.real(path))

    def readlink(self, path):
        return os.readlink(self.real(path))

    def link(self, path, target):
        os.link(self.real(target), self.real(path))

    def chmod(self, path, mode):
        os.chmod(self.real(path), mode)

    def chown(self, path, uid, gid):
        os.chown(self.real(path), uid, gid)

    def utimens(self, path, times=None):
        os.utime(self.real(path), times)


def main():
    parser = argparse.ArgumentParser(description="A file system that can lose power.")
    parser.add_argument("backing")
    parser.add_argument("mountpoint")
    parser.add_argument("--torn", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    file_system = LossyFs(os.path.abspath(given.backing), given.torn, given.seed)
    # Blocked before any thread exists, so that only the one that waits for it sees the signal, and at once.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    threading.Thread(target=file_system.watch_for_cut, daemon=True).start()
    FUSE(file_system, given.mountpoint, foreground=True, nothreads=True, allow_other=True, direct_io=True)


if __name__ == "__main__":
    main()

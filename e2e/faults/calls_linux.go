package faults

import (
	"maps"

	"golang.org/x/sys/unix"
)

// kinds are the calls that are watched, by their numbers.
var kinds = func() map[int]Kind {
	all := map[int]Kind{
		unix.SYS_OPENAT: Open, unix.SYS_SOCKET: Connect, unix.SYS_ACCEPT4: Connect,
		unix.SYS_PWRITE64: Write, unix.SYS_FSYNC: Sync, unix.SYS_FDATASYNC: Sync,
		unix.SYS_FTRUNCATE: Truncate, unix.SYS_UNLINKAT: Remove,
	}
	maps.Copy(all, olderKinds)
	return all
}()

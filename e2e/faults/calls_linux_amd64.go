package faults

import "golang.org/x/sys/unix"

// olderKinds are calls that newer architectures do not have any more. SQLite uses them where they exist.
var olderKinds = map[int]Kind{unix.SYS_OPEN: Open, unix.SYS_UNLINK: Remove}

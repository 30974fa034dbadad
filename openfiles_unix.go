//go:build unix

package main

import "syscall"

// openFiles is how many files the program may have open. The runtime has raised the
// limit as far as the system allows.
func openFiles() uint64 {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return uint64(limit.Cur)
}

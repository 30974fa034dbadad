//go:build unix

package models

import (
	"io/fs"
	"syscall"
)

// names is how many names a file has: hard links.
func names(info fs.FileInfo) uint64 {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(s.Nlink)
	}
	return 1
}

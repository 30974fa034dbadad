//go:build !unix

package models

import "io/fs"

func names(fs.FileInfo) uint64 { return 1 } // not known

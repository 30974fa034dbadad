package models

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// prepareFile makes the SQLite file and its folder if they are missing, readable by nobody
// else, because the file holds names, addresses and what opens accounts. SQLite gives its
// other files the same rights. It returns the file's real name, with links resolved. A file
// that is not a database is left as it is.
func prepareFile(path string) (string, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return "", err
	}
	if err := errors.Join(isDatabase(file), file.Close()); err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(path)
}

// isDatabase returns an error unless the file is empty or written by SQLite, and has only one
// name.
func isDatabase(file *os.File) error {
	const magic = "SQLite format 3\x00"
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if names(info) > 1 { // the lock and SQLite's other files go by the name
		return errors.New("the file has a second name (a hard link), by which another process could change it: use a copy, or remove the other name")
	}
	head := make([]byte, len(magic))
	if info.Mode().IsRegular() {
		if _, err = io.ReadFull(file, head); errors.Is(err, io.EOF) { // nothing in it yet
			return nil
		}
	}
	if string(head) != magic {
		return errors.New("the file is not a database")
	}
	return nil
}

// restrict takes the right to read the database at path from everybody else.
func restrict(path string) {
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Lstat(name)
		if errors.Is(err, fs.ErrNotExist) || err == nil && (!info.Mode().IsRegular() || info.Mode().Perm()&0o077 == 0) {
			continue
		}
		if err == nil {
			err = os.Chmod(name, 0o600)
		}
		slog.Warn("the database could be read by other users of this machine", "file", name, "was", info.Mode().Perm(), "err", err)
	}
}

// lockFile makes this process the only one that has the database at path, until it
// unlocks or ends in whatever way. Two processes with one file would each believe their own
// memory: limits, cached pages, the queue that shares commits.
func lockFile(path string) (*flock.Flock, error) {
	lock := flock.New(path+".lock", flock.SetPermissions(0o600))
	locked, err := lock.TryLock()
	if err == nil && !locked {
		err = errors.New("another process has it: stop that one first, because one file is served by one process")
	}
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	return lock, nil
}

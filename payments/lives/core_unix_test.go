//go:build unix

package lives

import (
	"syscall"
	"time"
)

// coreTime is the time that this process has had a core: other than a clock, it measures what
// a life costs on a machine that has other work as well.
func coreTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

//go:build !unix

package lives

import "time"

func coreTime() time.Duration { return 0 }

//go:build linux && !amd64

package faults

// olderKinds is empty here: the calls whose names end in “at” do their work.
var olderKinds map[int]Kind

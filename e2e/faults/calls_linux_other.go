//go:build linux && !amd64

package faults

// olderKinds are none here: the calls that end in “at” do their work.
var olderKinds map[int]Kind

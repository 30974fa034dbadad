package seed_test

import (
	"testing"

	"dukani/seed"
)

// BenchmarkRunAgain is what seeding adds to every start.
func BenchmarkRunAgain(b *testing.B) {
	store := open(b)
	for b.Loop() {
		if err := seed.Run(b.Context(), store); err != nil {
			b.Fatal(err)
		}
	}
}

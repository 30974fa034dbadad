package catalog_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"dukani/models"
	"dukani/models/catalog"
	"dukani/models/storetest"
	"dukani/seed"
)

// big adds a shop of a million products to the benchmarks; making it takes
// minutes, and with -big.file it is kept for the next time.
var (
	big     = flag.Bool("big", false, "benchmark a shop of 1,000,000 products too")
	bigFile = flag.String("big.file", "", "an SQLite file to keep the big shop in")
)

// sizes of the shops that are compared. At every size a page should cost the same.
func sizes() []int {
	if *big {
		return []int{1000, 10_000, 1_000_000}
	}
	return []int{1000, 10_000}
}

// stocked opens a shop with n synthetic products, on the engine that the tests run on.
func stocked(b *testing.B, n int) *catalog.Catalog {
	b.Helper()
	address, made := *bigFile, false
	if n == 1_000_000 && address != "" {
		_, err := os.Stat(address)
		made = err == nil
	} else {
		address = storetest.New(b)
	}
	store, err := models.Open(context.Background(), address)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := store.Close(); err != nil {
			b.Error(err)
		}
	})
	if !made {
		if err := seed.Big(b.Context(), store, n); err != nil {
			b.Fatal(err)
		}
	}
	return catalog.New(store)
}

func BenchmarkCatalog(b *testing.B) {
	for _, n := range sizes() {
		goods := stocked(b, n)
		for _, f := range []struct {
			name   string
			filter catalog.Filter
		}{
			{"category", catalog.Filter{}},
			{"newest", catalog.Filter{Sort: catalog.SortNew}},
			{"facets", catalog.Filter{Sort: catalog.SortPriceAsc, InStock: true, Region: "kakheti"}},
			{"prices", catalog.Filter{Min: 20_00, Max: 40_00}},
			{"everything", catalog.Filter{Sort: catalog.SortNew, Min: 20_00, Max: 40_00, InStock: true, OnSale: true, Region: "kakheti"}},
			{"deep", catalog.Filter{Page: 40}},
		} {
			f.filter.Category = "wine"
			b.Run(fmt.Sprintf("%s/%d", f.name, n), func(b *testing.B) {
				for b.Loop() {
					if _, err := goods.CategoryPage(b.Context(), models.Ka, f.filter); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		b.Run(fmt.Sprintf("product/%d", n), func(b *testing.B) {
			for b.Loop() {
				if _, err := goods.Product(b.Context(), models.Ka, "sulguni"); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("home/%d", n), func(b *testing.B) {
			for b.Loop() {
				if _, err := goods.Home(b.Context(), models.Ka); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkGrowth takes turns between the smallest shop and the biggest, so that
// whatever else the machine does slows both, and reports how much dearer the page
// is in the big one (medians).
func BenchmarkGrowth(b *testing.B) {
	small, big := stocked(b, sizes()[0]), stocked(b, sizes()[len(sizes())-1])
	for _, page := range []struct {
		name string
		show func(*catalog.Catalog) error
	}{
		{"category", func(c *catalog.Catalog) error {
			_, err := c.CategoryPage(b.Context(), models.Ka, catalog.Filter{Category: "wine"})
			return err
		}},
		{"newest", func(c *catalog.Catalog) error {
			_, err := c.CategoryPage(b.Context(), models.Ka, catalog.Filter{Category: "wine", Sort: catalog.SortNew})
			return err
		}},
		{"facets", func(c *catalog.Catalog) error {
			_, err := c.CategoryPage(b.Context(), models.Ka, catalog.Filter{Category: "wine", InStock: true, Sort: catalog.SortPriceAsc})
			return err
		}},
		{"product", func(c *catalog.Catalog) error {
			_, err := c.Product(b.Context(), models.Ka, "sulguni")
			return err
		}},
		{"home", func(c *catalog.Catalog) error {
			_, err := c.Home(b.Context(), models.Ka)
			return err
		}},
	} {
		b.Run(page.name, func(b *testing.B) {
			var times [2][]time.Duration
			for b.Loop() {
				for i, goods := range []*catalog.Catalog{small, big} {
					start := time.Now()
					if err := page.show(goods); err != nil {
						b.Fatal(err)
					}
					times[i] = append(times[i], time.Since(start))
				}
			}
			slices.Sort(times[0])
			slices.Sort(times[1])
			middle := len(times[0]) / 2
			b.ReportMetric(float64(times[1][middle])/float64(times[0][middle]), "big/small")
		})
	}
}

func BenchmarkSearch(b *testing.B) {
	for _, n := range sizes() {
		goods := stocked(b, n)
		for _, q := range []struct{ name, query string }{
			{"everywhere", "batch"},
			{"unfinished", "პარტ"},
			{"letter", "a"},
			{"common", "საფერავი"},
			{"typo", "chrchkhela"},
			{"sound", "churchkhela"},
			{"two", "saperavi kakheti"},
			{"strangers", "honey kindzmarauli"},
			{"text", "შაქ"},
			{"none", "xylophone"},
		} {
			b.Run(fmt.Sprintf("%s/%d", q.name, n), func(b *testing.B) {
				for b.Loop() {
					if _, err := goods.Search(b.Context(), models.Ka, q.query, catalog.SortRelevance, 1); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run(fmt.Sprintf("suggest-%s/%d", q.name, n), func(b *testing.B) {
				for b.Loop() {
					if _, err := goods.Suggest(b.Context(), models.Ka, q.query); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkSearchAnyWord looks for the words of the catalogue and their
// beginnings, and reports how long the slowest of them take.
func BenchmarkSearchAnyWord(b *testing.B) {
	words := catalogWords(b)
	for _, n := range sizes() {
		goods := stocked(b, n)
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			var times []time.Duration
			for b.Loop() {
				start := time.Now()
				if _, err := goods.Search(b.Context(), models.Ka, words[len(times)%len(words)], catalog.SortRelevance, 1); err != nil {
					b.Fatal(err)
				}
				times = append(times, time.Since(start))
			}
			slices.Sort(times)
			b.ReportMetric(times[len(times)/2].Seconds()*1000, "p50-ms")
			b.ReportMetric(times[len(times)*99/100].Seconds()*1000, "p99-ms")
			b.ReportMetric(times[len(times)-1].Seconds()*1000, "max-ms")
		})
	}
}

// catalogWords returns every word of the catalogue and every beginning of one,
// mixed.
func catalogWords(b *testing.B) []string {
	b.Helper()
	data, err := os.ReadFile("../../seed/catalog.json")
	if err != nil {
		b.Fatal(err)
	}
	var words []string
	for _, word := range strings.FieldsFunc(strings.ToLower(string(data)), func(r rune) bool { return !unicode.IsLetter(r) }) {
		for end := range word {
			if end > 0 {
				words = append(words, word[:end])
			}
		}
		words = append(words, word)
	}
	slices.Sort(words)
	words = slices.Compact(words)
	r := rand.New(rand.NewPCG(1, 1))
	r.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
	return words
}

func BenchmarkVersion(b *testing.B) {
	goods := stocked(b, 1000)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := goods.Version(b.Context()); err != nil {
				b.Error(err)
			}
		}
	})
}

// What staff list and search should cost the same in a small and in a big shop.
func BenchmarkStaffList(b *testing.B) {
	for _, n := range sizes() {
		goods := stocked(b, n)
		for _, f := range []struct {
			name   string
			filter catalog.StaffFilter
		}{
			{"newest", catalog.StaffFilter{}},
			{"category", catalog.StaffFilter{Category: "wine"}},
			{"low", catalog.StaffFilter{Show: catalog.ShowLow}},
			{"off", catalog.StaffFilter{Show: catalog.ShowOff}},
			{"reduced", catalog.StaffFilter{Show: catalog.ShowReduced, Category: "cheese"}},
			{"word", catalog.StaffFilter{Query: "sulguni"}},
			{"words", catalog.StaffFilter{Query: "sulguni smo", Show: catalog.ShowOn}},
			{"nothing", catalog.StaffFilter{Query: "nowhere to be found"}},
			{"on in a category", catalog.StaffFilter{Show: catalog.ShowOn, Category: "wine"}},
			{"off in a category", catalog.StaffFilter{Show: catalog.ShowOff, Category: "wine"}},
			{"low in a category", catalog.StaffFilter{Show: catalog.ShowLow, Category: "wine"}},
			{"sold out in a category", catalog.StaffFilter{Show: catalog.ShowSoldOut, Category: "books"}},
			{"word low", catalog.StaffFilter{Query: "batch", Show: catalog.ShowLow}},
			{"word off", catalog.StaffFilter{Query: "batch", Show: catalog.ShowOff}},
			{"word elsewhere", catalog.StaffFilter{Query: "sulguni", Category: "wine"}},
			{"word elsewhere off", catalog.StaffFilter{Query: "sulguni", Category: "wine", Show: catalog.ShowOff}},
			{"deep", catalog.StaffFilter{Before: int64(n / 2)}},
		} {
			b.Run(fmt.Sprintf("%s/%d", f.name, n), func(b *testing.B) {
				for b.Loop() {
					if _, err := goods.StaffList(b.Context(), models.Ka, f.filter); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

package models

import (
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// A status or a fulfilment that the list does not go through would hide its orders from some filters.
func TestTheListGoesThroughEveryStatusAndFulfilment(t *testing.T) {
	t.Parallel()
	store, err := Open(t.Context(), filepath.Join(t.TempDir(), "shop.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	var table string
	if err := query(store.Read(t.Context()), []any{&table}, "SELECT sql FROM sqlite_master WHERE name = 'orders'"); err != nil {
		t.Fatal(err)
	}
	allowed := func(column string) (values []string) {
		list := regexp.MustCompile(`CHECK \(` + column + ` IN \(([^)]*)\)`).FindStringSubmatch(table)
		if list == nil {
			t.Fatalf("the table does not say which %s there are", column)
		}
		for _, quoted := range regexp.MustCompile(`'(\w+)'`).FindAllStringSubmatch(list[1], -1) {
			values = append(values, quoted[1])
		}
		slices.Sort(values)
		return values
	}
	if got, want := sorted(allStatuses), allowed("status"); !slices.Equal(got, want) {
		t.Errorf("the statuses are %q, want %q", got, want)
	}
	if got, want := sorted(allFulfilments), allowed("fulfilment"); !slices.Equal(got, want) {
		t.Errorf("the fulfilments are %q, want %q", got, want)
	}
}

func sorted[T ~string](list []T) (texts []string) {
	for _, value := range list {
		texts = append(texts, string(value))
	}
	slices.Sort(texts)
	return texts
}

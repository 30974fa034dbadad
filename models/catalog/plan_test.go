package catalog

import (
	"context"
	"strings"
	"testing"

	"dukani/models"
	"dukani/models/storetest"
)

// TestCategoryQueriesReadIndexesOnly asks SQLite how it would run the query of
// every combination of order and facets: from one index, in its order.
func TestCategoryQueriesReadIndexesOnly(t *testing.T) {
	t.Parallel()
	storetest.SQLiteOnly(t)
	s, err := models.Open(context.Background(), storetest.New(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, sort := range []Sort{SortPopular, SortNew, SortPriceAsc, SortPriceDesc} {
		for facets := range 16 {
			l := listing{categoryID: 1, using: indexedBy, Filter: Filter{Sort: sort, InStock: facets&1 > 0, OnSale: facets&2 > 0}}
			if facets&4 > 0 {
				l.Region = "kakheti"
			}
			if facets&8 > 0 {
				l.Min, l.Max = 1, 2
			}
			query, args := l.pageQuery(Count{More: true}, 1)
			plan := explain(t, s, query, args...)
			if !strings.Contains(plan, "SEARCH products USING COVERING INDEX") || strings.Contains(plan, "TEMP B-TREE") {
				t.Errorf("%s\n%s", query, plan)
			}
			from, args := l.from("price")
			if plan := explain(t, s, "SELECT 1 FROM "+from, args...); !strings.Contains(plan, "SEARCH products USING COVERING INDEX") {
				t.Errorf("count: %s\n%s", from, plan)
			}
		}
	}
}

// TestWritingOneProductReadsOneProduct asks the same of what is read when one is written.
func TestWritingOneProductReadsOneProduct(t *testing.T) {
	t.Parallel()
	storetest.SQLiteOnly(t)
	s, err := models.Open(context.Background(), storetest.New(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, query := range []string{
		strings.Replace(indexedTexts, "?", "(1)", 1),
		"SELECT n FROM category_counts WHERE category_id = 1 AND region = 'x' AND in_stock = 1 AND on_sale = 1",
		"SELECT price_tetri FROM price_history WHERE product_id = 1 ORDER BY from_at DESC LIMIT 1",
	} {
		for line := range strings.Lines(explain(t, s, query)) {
			if strings.HasPrefix(line, "SCAN ") {
				t.Errorf("%s: %s", query, line)
			}
		}
	}
}

// TestListsOfStaffReadOnePage asks SQLite how it would find a page of products for staff:
// along an index in the page's order, never through all products to sort them.
func TestListsOfStaffReadOnePage(t *testing.T) {
	t.Parallel()
	storetest.SQLiteOnly(t)
	s, err := models.Open(context.Background(), storetest.New(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, show := range append([]StaffShow{""}, StaffShows...) {
		for _, category := range []int64{0, 1} {
			for _, f := range []StaffFilter{{Show: show}, {Show: show, Before: 9}, {Show: show, After: 9}} {
				query, args := staffSearch{StaffFilter: f, categoryID: category, size: StaffPage, using: indexedBy}.query(f.After == 0)
				plan := explain(t, s, query, args...)
				if strings.Contains(plan, "TEMP B-TREE") || show == ShowOff && !strings.Contains(plan, "products_staff_off") {
					t.Errorf("%s\n%s", query, plan)
				}
				if category == 0 && show == "" && f.Before+f.After > 0 && !strings.Contains(plan, "PRIMARY KEY") {
					t.Errorf("%s\n%s", query, plan)
				}
			}
		}
	}
	for _, query := range []string{
		"SELECT rowid AS n FROM product_titles WHERE product_titles MATCH 'x *' AND rowid < 9 ORDER BY rowid DESC LIMIT 50",
		"SELECT rowid AS n FROM product_titles WHERE product_titles MATCH 'x *' AND rowid > 9 ORDER BY rowid LIMIT 50",
	} {
		if plan := explain(t, s, query); strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("%s\n%s", query, plan)
		}
	}
}

func explain(t *testing.T, s *models.Store, query string, args ...any) string {
	t.Helper()
	rows, err := s.Read(t.Context()).Raw("EXPLAIN QUERY PLAN "+query, args...).Rows()
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan.WriteString(detail + "\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan.String()
}

func indexedBy(index string) string { return " INDEXED BY " + index }

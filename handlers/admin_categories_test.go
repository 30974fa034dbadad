package handlers_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"dukani/models"
)

func TestACategoryIsChangedAndMoved(t *testing.T) {
	t.Parallel()
	s := newShop(t, noSecondFactor)
	v := s.staff(models.RoleManager)
	order := func() (slugs []string) {
		for _, link := range s.page("/en").Find("nav a[href^='/en/c/']").EachIter() {
			slugs = append(slugs, strings.TrimPrefix(link.AttrOr("href", ""), "/en/c/"))
		}
		return slugs
	}
	before := order()
	form := fieldsOf(t, v.open("/admin/categories/sweets"), "category-save")
	stale := maps.Clone(form)
	form.Set("name_en", "Sweet things")
	if r := v.command("/admin/categories/sweets", form); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d\n%s", r.StatusCode, r.text)
	}
	stale.Set("text_en", "Another text")
	r := v.command("/admin/categories/sweets", stale)
	if r.StatusCode != http.StatusConflict || !strings.Contains(r.document().Find("#name_en-hint").Text(), "Sweet things") ||
		fieldsOf(t, r.document(), "category-save").Get("text_en") != "Another text" {
		t.Errorf("the second is not told: %d", r.StatusCode)
	}
	bad := url.Values{"version": {"2"}, "name_ka": {"ტკბილეული"}, "name_en": {"x"}, "picture": {"none"}, "tint": {"rose"}}
	if r := v.command("/admin/categories/sweets", bad); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a picture that is not there: %d", r.StatusCode)
	}
	if !strings.Contains(s.page("/en").Find("nav").Text(), "Sweet things") {
		t.Error("the navigation has the old name")
	}
	if r := v.command("/admin/categories/sweets/move", url.Values{"up": {"1"}}); r.StatusCode != http.StatusSeeOther {
		t.Fatal(r.StatusCode)
	}
	after := order()
	if i, j := slices.Index(before, "sweets"), slices.Index(after, "sweets"); j != i-1 {
		t.Errorf("order %v, was %v", after, before)
	}
	created := url.Values{"slug": {"gifts"}, "name_ka": {"საჩუქრები"}, "name_en": {"Presents"}, "picture": {"basket"}, "tint": {"mint"}}
	if r := v.command("/admin/categories/new", created); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d\n%s", r.StatusCode, r.text)
	}
	if got := order(); got[len(got)-1] != "gifts" {
		t.Errorf("the new category is not the last: %v", got)
	}
	if r := v.command("/admin/categories/new", created); r.StatusCode != http.StatusUnprocessableEntity || !slices.Contains(wrongFields(r.document()), "slug") {
		t.Errorf("a second one of this address: %d", r.StatusCode)
	}
}
